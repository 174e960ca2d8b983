import type { Program, Ref, Size, Value } from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import type { Place } from '../source/kernel-text.ts';
import { type Carried, stack } from './carried.ts';
import { type Group, isElementwise } from './groups.ts';
import type { Plan } from './plan.ts';
import type { Rows } from './rows.ts';

/** Where what comes from outside lies. */
export interface Inputs {
  /** A row for each row of all steps. */
  step(name: string, size: number): Place;
  /** A row for each sequence. */
  sequence(name: string, size: number): Place;
  /** A whole parameter; its stride is its columns. */
  parameter(name: string): Place;
  memory(name: string): Place;
  /** The run whose values a derivative reads. */
  readonly forward?: Run;
}

/** What computes the values of a run. */
export interface Compute {
  /** The values of a group at one step. */
  group(run: Run, group: Group, t: number): Content;
  /** A value at all steps. */
  value(run: Run, ref: Ref): Content;
}

/** One run of a program: all its kernels at each step, and on demand the values of all steps. */
export class Run {
  readonly device: Device;
  readonly plan: Plan;
  readonly rows: Rows;
  readonly inputs: Inputs;
  readonly carried: ReadonlyMap<string, Carried>;
  /** What it reads, and what was computed here. */
  readonly #owned = new Set<Content>();
  readonly #compute: Compute;
  readonly #stepped = new Map<Group, Place[]>();
  readonly #states = new Map<Ref, Place[]>();
  readonly #whole = new Map<Ref | Group, Place>();
  readonly #before = new Map<Value, Content>();

  constructor(
    device: Device,
    compute: Compute,
    plan: Plan,
    rows: Rows,
    inputs: Inputs,
    carried: ReadonlyMap<string, Carried>,
  ) {
    this.device = device;
    this.#compute = compute;
    this.plan = plan;
    this.rows = rows;
    this.inputs = inputs;
    this.carried = carried;
    for (const group of plan.loop) this.#stepped.set(group, []);
    for (const { input } of plan.program.states) this.#states.set(input, []);
  }

  get program(): Program {
    return this.plan.program;
  }

  value(ref: Ref): Value {
    return this.program.values[ref];
  }

  columns(size: Size): number {
    return typeof size === 'number' ? size : (this.rows.sources.get(size.source) ?? 0);
  }

  size(ref: Ref): number {
    return this.columns(this.value(ref).size);
  }

  width(group: Group): number {
    return group.width ?? this.size(group.refs[0]);
  }

  /** How many rows there are at a step, or at all. */
  count(t: number | undefined): number {
    return t === undefined ? this.rows.total : this.rows.batchSizes[t];
  }

  /** Gives up what it held: what is in no memory leaves the device. */
  free(): void {
    for (const content of this.#owned) content.drop();
    this.#owned.clear();
  }

  /** What is submitted meanwhile belongs to this run. */
  own<T>(fn: () => T): T {
    return this.device.collect(this.#owned, fn);
  }

  /** From the first step to the last, or back. */
  loop(reverse: boolean): void {
    this.own(() => this.#loop(reverse));
  }

  #loop(reverse: boolean): void {
    const { batchSizes } = this.rows;
    const { states } = this.program;
    for (let k = 0; k < batchSizes.length; k++) {
      const t = reverse ? batchSizes.length - 1 - k : k;
      const count = batchSizes[t];
      for (const { name, input } of states) {
        (this.#states.get(input) as Place[])[t] = (this.carried.get(name) as Carried).first(count);
      }
      for (const group of this.plan.loop) {
        const content = this.#compute.group(this, group, t);
        const place = { content, offset: 0, stride: this.width(group) };
        (this.#stepped.get(group) as Place[])[t] = place;
      }
      const next = states.map((state) => this.at(state.next, t));
      states.forEach(({ name }, i) => {
        (this.carried.get(name) as Carried).replace(next[i], count);
      });
    }
  }

  /** What a product begins with at all steps; computed once. */
  before(node: Value, compute: () => Content): Content {
    const content = this.#before.get(node) ?? this.own(compute);
    this.#before.set(node, content);
    return content;
  }

  /** Where the rows of a value lie at a step; of all steps without. */
  at(ref: Ref, t: number | undefined): Place {
    if (t === undefined) return this.all(ref);
    const value = this.value(ref);
    if (value.kind === 'sequence') return this.inputs.sequence(value.name, this.size(ref));
    if (value.kind === 'saved') return (this.inputs.forward as Run).at(value.of, t);
    if (value.kind === 'state') return (this.#states.get(ref) as Place[])[t];
    const group = this.plan.groupOf.get(ref);
    if (group !== undefined) {
      return part((this.#stepped.get(group) as Place[])[t], group, ref);
    }
    const { content, offset, stride } = this.all(ref);
    return { content, stride, offset: offset + this.rows.firsts[t] * stride };
  }

  /** Whether a value lies somewhere, or is computed by who reads it. */
  lies(ref: Ref, t: number | undefined): boolean {
    const value = this.value(ref);
    if (!isElementwise(value) || this.#whole.has(ref) || this.plan.groupOf.has(ref)) return true;
    return t !== undefined && !this.plan.moving[ref];
  }

  /** The rows of all steps, one after the other. */
  all(ref: Ref): Place {
    const group = this.plan.groupOf.get(ref);
    if (group !== undefined) return part(this.#allOfGroup(group), group, ref);
    const place = this.#whole.get(ref) ?? this.own(() => this.#makeAll(ref));
    this.#whole.set(ref, place);
    return place;
  }

  /** The same in a content of its own, as other kernels take it. */
  result(ref: Ref): Content {
    const size = this.size(ref);
    return this.own(() =>
      stack(this.device, [{ place: this.all(ref), rows: this.rows.total }], size),
    );
  }

  #makeAll(ref: Ref): Place {
    const value = this.value(ref);
    const size = this.size(ref);
    switch (value.kind) {
      case 'step':
        return this.inputs.step(value.name, size);
      case 'saved':
        return (this.inputs.forward as Run).all(value.of);
      case 'state':
        return this.#stacked(this.#states.get(ref) as Place[], size);
      case 'sequence':
        return this.#expanded(this.inputs.sequence(value.name, size), size);
      default:
        return { content: this.#compute.value(this, ref), offset: 0, stride: size };
    }
  }

  #allOfGroup(group: Group): Place {
    const steps = this.#stepped.get(group) as Place[];
    const place = this.#whole.get(group) ?? this.own(() => this.#stacked(steps, this.width(group)));
    this.#whole.set(group, place);
    return place;
  }

  #stacked(steps: readonly Place[], size: number): Place {
    const segments = steps.map((place, t) => ({ place, rows: this.rows.batchSizes[t] }));
    return { content: stack(this.device, segments, size), offset: 0, stride: size };
  }

  /** The row of its sequence for each row of all. */
  #expanded({ content, offset, stride }: Place, size: number): Place {
    const expanded = this.device.submit({
      operation: 'expand',
      source: `function(a, sequences, offset, stride, size) {
  const row = quotient(this.thread.x, size);
  return a[offset + sequences[row] * stride + this.thread.x - row * size];
}`,
      inputs: [content, this.rows.allSequences],
      numbers: [offset, stride, size],
      length: this.rows.total * size,
    });
    return { content: expanded, offset: 0, stride: size };
  }
}

/** The columns of one value of a group. */
function part({ content, offset, stride }: Place, group: Group, ref: Ref): Place {
  return { content, stride, offset: offset + group.starts[group.refs.indexOf(ref)] };
}
