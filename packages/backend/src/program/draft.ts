import { ShapeError } from '../contract/errors.ts';
import type {
  Computation,
  Output,
  ParameterSpec,
  Ref,
  Size,
  Source,
  State,
  Sum,
  Value,
} from './program.ts';
import { isSource, mapSum, operandsOf, ruleOf, sumOperands } from './rules.ts';

/** A value whose name may still be missing, or be only a proposal that any other value may take away. */
export type DraftValue = (Source | Computation) & {
  readonly size: Size;
  name: string | undefined;
  hint: string | undefined;
};

/** Names that nobody gave begin with this sign. */
export const AUTOMATIC = '%';

/** A program in the making. Equal values are one value. */
export class Draft {
  readonly name: string;
  readonly values: DraftValue[] = [];
  states: State[] = [];
  outputs: Output[] = [];
  parameters: ParameterSpec[] = [];
  sums: Sum[] = [];
  readonly #known = new Map<string, Ref>();

  constructor(name: string) {
    this.name = name;
  }

  /** A value from outside. */
  source(node: Source, size: Size, name?: string): Ref {
    const distinct = node.kind === 'weight' || node.kind === 'saved' ? '' : `${name}`;
    return this.#intern(node, size, name, distinct);
  }

  /** A computed value; `stated` is its size where the operands do not tell. */
  emit(node: Computation, stated?: Size): Ref {
    const size = ruleOf(node).size(node, {
      at: (operand) => this.look(operand),
      stated,
      fail: (words) => {
        throw new ShapeError(`${this.name}: ${node.kind}`, words);
      },
    });
    return this.#intern(node, size, undefined, '');
  }

  /** The value as errors show it. */
  look(ref: Ref): Value {
    const value = this.values[ref];
    const own = value.kind === 'weight' ? windowName(value, this.parameters) : value.name;
    return { ...value, name: own ?? value.hint ?? `${AUTOMATIC}${ref}` } as Value;
  }

  #intern(node: Source | Computation, size: Size, name: string | undefined, distinct: string): Ref {
    const key = JSON.stringify([node, size, distinct], plain);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const ref = this.values.push({ ...node, size, name, hint: undefined }) - 1;
    this.#known.set(key, ref);
    return ref;
  }

  /** Everything that is read from outside or carried: what keeps other values alive. */
  roots(): Ref[] {
    return [
      ...this.states.flatMap(({ input, next }) => [input, next]),
      ...this.outputs.map(({ value }) => value),
      ...this.sums.flatMap(sumOperands),
    ];
  }

  /** How often each value is read, by values or from outside. */
  uses(): number[] {
    const uses = new Array<number>(this.values.length).fill(0);
    for (const ref of this.roots()) uses[ref]++;
    for (let ref = 0; ref < this.values.length; ref++) {
      for (const operand of operandsOf(this.look(ref))) uses[operand]++;
    }
    return uses;
  }

  /** Takes over states, outputs, parameters and sums of another draft, whose values were renumbered. */
  adopt(from: Draft, to: (ref: Ref) => Ref): void {
    this.parameters = [...from.parameters];
    this.states = from.states.map((s) => ({ ...s, input: to(s.input), next: to(s.next) }));
    this.outputs = from.outputs.map((o) => ({ ...o, value: to(o.value) }));
    this.sums = from.sums.map((sum) => mapSum(sum, to));
  }
}

/** Without dead values, inputs first. Inputs that were declared stay, read or not; windows of weights and saved values need a reader. */
export function withoutDead(draft: Draft): Draft {
  const live = new Set(draft.roots());
  for (let ref = draft.values.length - 1; ref >= 0; ref--) {
    const { kind } = draft.values[ref];
    const declared = isSource(draft.values[ref]) && kind !== 'weight' && kind !== 'saved';
    if (declared) live.add(ref);
    if (live.has(ref)) for (const operand of operandsOf(draft.look(ref))) live.add(operand);
  }
  const kept = new Draft(draft.name);
  const to = new Map<Ref, Ref>();
  for (const ref of inOrder(draft)) {
    if (!live.has(ref)) continue;
    to.set(
      ref,
      copyValue(kept, draft.values[ref], (operand) => to.get(operand)!),
    );
  }
  kept.adopt(draft, (ref) => to.get(ref)!);
  return kept;
}

const ranks = ['step', 'state', 'sequence', 'memory', 'saved', 'weight'];

/** Inputs by kind, windows of weights by parameter and place, then what is computed as it was written. */
function inOrder({ values, parameters }: Draft): Ref[] {
  const place = (value: DraftValue): readonly number[] => {
    if (!isSource(value)) return [ranks.length];
    const rank = ranks.indexOf(value.kind);
    if (value.kind === 'saved') return [rank, value.of];
    if (value.kind !== 'weight') return [rank];
    const parameter = parameters.findIndex(({ name }) => name === value.parameter);
    return [rank, parameter, ...(value.rows ?? []), ...value.columns];
  };
  const places = values.map(place);
  const compare = (a: readonly number[], b: readonly number[]): number => {
    const i = a.findIndex((x, k) => x !== b[k]);
    return i < 0 ? 0 : a[i] - b[i];
  };
  return values.map((_, ref) => ref).sort((a, b) => compare(places[a], places[b]) || a - b);
}

/** The same value in another draft, under the names of its operands there. */
export function copyValue(into: Draft, value: DraftValue, to: (ref: Ref) => Ref): Ref {
  const { name, hint, size, ...node } = value;
  const copy = isSource(node)
    ? into.source(node, size, name)
    : into.emit(ruleOf<Computation>(node).mapped(node, to), size);
  proposeNames(into.values[copy], name, hint);
  return copy;
}

/** A value keeps the first name that it was given. */
export function proposeNames(value: DraftValue, name: string | undefined, hint?: string): void {
  value.name ??= name;
  value.hint ??= hint;
}

/** Maps what JSON cannot hold to what it can, so that different constants are different. */
function plain(_key: string, x: unknown): unknown {
  if (typeof x !== 'number' || (Number.isFinite(x) && !Object.is(x, -0))) return x;
  return Object.is(x, -0) ? '-0' : String(x);
}

/** `W`, `W[:, 0:4]` or `W[2:6, :]`. */
export function windowName(
  weight: Source & { kind: 'weight' },
  parameters: readonly ParameterSpec[],
): string {
  const { parameter, rows, columns } = weight;
  const shape = parameters.find(({ name }) => name === parameter)?.shape ?? [];
  const windows = rows === undefined ? [columns] : [rows, columns];
  const texts = windows.map(([from, to], axis) =>
    from === 0 && to === shape[axis] ? ':' : `${from}:${to}`,
  );
  return texts.every((text) => text === ':') ? parameter : `${parameter}[${texts.join(', ')}]`;
}
