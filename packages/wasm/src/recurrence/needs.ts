import type { Operand, Ref, Scan, Schedule } from '@unroll/backend';
import { firstsOf, type NativeRight, type Rows } from '../job/job.ts';
import { bring, bringWhole } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import type { Lease } from '../memory/leases.ts';
import type { Compiled } from './compile.ts';
import { nativeProducts } from './native.ts';
import { capacityOf, columnsFor, type SourceEntries } from './prepare.ts';
import { keyOf, type ProductPlan } from './products.ts';
import type { Run } from './run.ts';
import { bringPlain, panelsOf, widthOf } from './weights.ts';

/** Brings something of a call into the machine's memory, or makes room for it; gives the address. */
export type Bring<C> = (call: C, lease: Lease) => number;

/** The number of an address among those that a call brings. */
export type Slot = number;

/** Rows that begin so many bytes after the address in a slot. */
interface SlotRows extends Omit<Rows, 'address'> {
  readonly slot: Slot;
  readonly offset: number;
}

/** What a program is run over. */
export interface Surroundings<C> {
  readonly machine: Machine;
  readonly compiled: Compiled;
  readonly schedule: Schedule;
  readonly entries: SourceEntries;
  /** The forward call in a call. */
  readonly scanOf: (call: C) => Scan;
}

/** Everything that a compiled program needs in memory for a call, in an order; from its addresses follows a run. */
export class Needs<C> {
  /** Rows of all steps. */
  readonly total: number;
  readonly #around: Surroundings<C>;
  readonly #brings: Bring<C>[] = [];
  readonly #given = new Map<Ref, SlotRows>();
  readonly #lengths = new Map<string, Slot>();
  readonly #wholes = new Map<number, Slot>();
  readonly #states: Slot[] = [];
  readonly #statesBefore: (Slot | undefined)[] = [];
  readonly #buffers: SlotRows[] = [];
  readonly #native = new Map<ProductPlan, { readonly slot: Slot; readonly rowsAtOnce: number }>();
  readonly #panels = new Map<string, Slot>();

  constructor(around: Surroundings<C>) {
    this.#around = around;
    const { batchSizes } = around.schedule;
    this.total = firstsOf(batchSizes)[batchSizes.length];
    this.#addVectors();
    this.#addMemories();
    this.#addLengths();
    this.#addMatrices();
  }

  /** Something that no value is. */
  add(bring: Bring<C>): Slot {
    return this.#brings.push(bring) - 1;
  }

  /** A value that is given for every row of every step. */
  addRows(ref: Ref, bring: Bring<C>): void {
    const { compiled, entries } = this.#around;
    const stride = 4 * capacityOf(compiled.plan.program.values[ref].size, entries);
    this.#given.set(ref, { slot: this.add(bring), offset: 0, stride, everyRow: true });
  }

  /** The next state, and room for its values before each step where they are wanted. */
  addState(bring: Bring<C>, before: Bring<C> | undefined): void {
    const { input, size } = this.#around.compiled.plan.program.states[this.#states.length];
    const slot = this.add(bring);
    this.#states.push(slot);
    this.#statesBefore.push(before && this.add(before));
    this.#given.set(input, { slot, offset: 0, stride: 4 * size, everyRow: false });
  }

  /** Memory for the buffers of the plan; leased where something in it outlives the call. */
  addBuffers(leased: ReadonlySet<Ref>): void {
    const { machine, compiled, schedule } = this.#around;
    const { layout, everyRow } = compiled.plan;
    for (const { columns, values } of layout.buffers) {
      const each = values.some((ref) => everyRow.has(ref));
      const bytes = 4 * columns * (each ? this.total : schedule.batchSizes[0]);
      const slot = this.add(
        values.some((ref) => leased.has(ref))
          ? (_, lease) => lease.take(bytes)
          : () => machine.workspace.borrow(bytes),
      );
      this.#buffers.push({ slot, offset: 0, stride: 4 * columns, everyRow: each });
    }
  }

  /** How many addresses there are. */
  get count(): number {
    return this.#brings.length;
  }

  /** Brings it all; the addresses are written into `addresses`. */
  bring(call: C, lease: Lease, addresses: number[]): void {
    const brings = this.#brings;
    for (let slot = 0; slot < brings.length; slot++) addresses[slot] = brings[slot](call, lease);
  }

  /** The run of what lies at these addresses. */
  locate(addresses: readonly number[]): Run {
    const { machine, compiled, schedule } = this.#around;
    const rows = ({ slot, offset, stride, everyRow }: SlotRows): Rows => {
      return { address: addresses[slot] + offset, stride, everyRow };
    };
    const whole = (slot: Slot, everyRow: boolean): Rows => {
      return { address: addresses[slot], stride: everyRow ? 4 : 0, everyRow };
    };
    return {
      machine,
      compiled,
      schedule,
      given: mapped(this.#given, rows),
      buffers: this.#buffers.map(rows),
      lengths: mapped(this.#lengths, (slot) => whole(slot, true)),
      wholes: mapped(this.#wholes, (slot) => whole(slot, false)),
      states: this.#states.map((slot) => addresses[slot]),
      statesBefore: this.#statesBefore.map((slot) => slot && addresses[slot]),
      native: mapped(this.#native, ({ slot, rowsAtOnce }, product) =>
        this.#nativeRight(product, addresses[slot], rowsAtOnce),
      ),
      panels: mapped(this.#panels, (slot) => addresses[slot]),
    };
  }

  /** Vectors of the parameters that stages and biases read. */
  #addVectors(): void {
    const { machine, compiled, scanOf } = this.#around;
    const whole = new Map<string, Slot>();
    for (const [ref, value] of compiled.plan.program.values.entries()) {
      if (value.kind !== 'weight' || value.rows !== undefined) continue;
      const { parameter, columns } = value;
      const bringIt = (call: C) => bring(machine, scanOf(call).parameters[parameter]);
      const slot = whole.get(parameter) ?? this.add(bringIt);
      whole.set(parameter, slot);
      this.#given.set(ref, { slot, offset: 4 * columns[0], stride: 0, everyRow: false });
    }
  }

  /** The memories of the program, `[batch, source, size]`: a row holds all entries of a sequence. */
  #addMemories(): void {
    const { machine, compiled, entries, scanOf } = this.#around;
    for (const [ref, value] of compiled.plan.program.values.entries()) {
      if (value.kind !== 'memory') continue;
      const { name, source, size } = value;
      const slot = this.add((call) => bring(machine, scanOf(call).memories[name]));
      const stride = 4 * columnsFor({ source }, entries) * (size as number);
      this.#given.set(ref, { slot, offset: 0, stride, everyRow: false });
    }
  }

  /** How many entries of each source exist, for every row of every step; and how many columns values have anyway. */
  #addLengths(): void {
    const { machine, compiled, schedule, entries, scanOf } = this.#around;
    for (const source of entries.keys()) {
      const everyRow = (call: C) =>
        schedule.batchSizes.flatMap((living) => scanOf(call).lengths[source].slice(0, living));
      const slot = this.add((call) => bringWhole(machine, everyRow(call)));
      this.#lengths.set(source, slot);
    }
    const { before, loop, after } = compiled.plan;
    if (![...before, ...loop, ...after].some(({ kind }) => kind === 'rows')) return;
    for (const { size } of compiled.plan.program.values) {
      const n = size as number;
      if (!this.#wholes.has(n))
        this.#wholes.set(
          n,
          this.add(() => bringWhole(machine, [n])),
        );
    }
  }

  /** The right sides of products: as they are for a library, packed for all else. */
  #addMatrices(): void {
    const { machine, compiled, schedule, scanOf } = this.#around;
    const { plan } = compiled;
    const from = (parameter: string, bringIt: (operand: Operand) => number) =>
      this.add((call) => bringIt(scanOf(call).parameters[parameter]));
    const native = nativeProducts(machine, plan, schedule.batchSizes);
    const plain = new Map<string, Slot>();
    for (const [product, rowsAtOnce] of native) {
      const { parameter } = product.matrix;
      const slot = plain.get(parameter) ?? from(parameter, (x) => bringPlain(machine, x));
      plain.set(parameter, slot);
      this.#native.set(product, { slot, rowsAtOnce });
    }
    for (const instruction of [...plan.before, ...plan.loop, ...plan.after]) {
      if (instruction.kind !== 'product' || native.has(instruction.product)) continue;
      const { matrix } = instruction.product;
      const key = keyOf(matrix);
      if (this.#panels.has(key)) continue;
      this.#panels.set(key, from(matrix.parameter, panelsOf(machine, plan.program, matrix)));
    }
  }

  #nativeRight({ matrix }: ProductPlan, start: number, rowsAtOnce: number): NativeRight {
    const { parameter, rows, columns, transposed } = matrix;
    const stride = widthOf(this.#around.compiled.plan.program, parameter);
    return { address: start + 4 * (rows[0] * stride + columns[0]), stride, transposed, rowsAtOnce };
  }
}

function mapped<K, V, W>(map: ReadonlyMap<K, V>, fn: (value: V, key: K) => W): Map<K, W> {
  return new Map([...map].map(([key, value]) => [key, fn(value, key)]));
}
