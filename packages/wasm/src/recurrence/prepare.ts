import {
  type Formula,
  isSource,
  type Program,
  type Ref,
  type Size,
  type Value,
} from '@unroll/backend';

/** How many entries each source has, by its name. */
export type SourceEntries = ReadonlyMap<string, number>;

/** A program as the planner wants it: all sizes are numbers, and every state becomes a computed value. */
export interface Prepared {
  readonly program: Program;
  /** The source whose length is the size of a value. */
  readonly sources: readonly (string | undefined)[];
}

/** The value itself. */
const same: Formula = { name: 'same', arity: 1, steps: [], outputs: [0] };

/** Prepares a program for sources of so many entries. The refs of its values stay. */
export function prepare(program: Program, entries: SourceEntries): Prepared {
  const values: Value[] = [...program.values];
  const copies = new Map<Ref, Ref>();
  const copyOf = (ref: Ref): Ref => {
    const { name, size } = values[ref];
    const copy =
      copies.get(ref) ??
      values.push({ name, size, kind: 'pointwise', formula: same, args: [ref] }) - 1;
    copies.set(ref, copy);
    return copy;
  };
  // What is given is copied, so that states can change places.
  const states = program.states.map((state) =>
    isSource(program.values[state.next]) ? { ...state, next: copyOf(state.next) } : state,
  );
  const sized = values.map((value) => ({ ...value, size: capacityOf(value.size, entries) }));
  return {
    program: { ...program, values: sized, states },
    sources: values.map(({ size }) => (typeof size === 'number' ? undefined : size.source)),
  };
}

/** Columns that a value has; what depends on a source has a few more, so that code can serve many lengths. */
export function capacityOf(size: Size, entries: SourceEntries): number {
  if (typeof size === 'number') return size;
  const needed = columnsFor(size, entries);
  let unit = 4;
  while (needed > 8 * unit) unit *= 2;
  return Math.max(1, Math.ceil(needed / unit)) * unit;
}

/** Columns that a value is said to have. */
export function columnsFor(size: Size, entries: SourceEntries): number {
  return typeof size === 'number' ? size : (entries.get(size.source) ?? 0);
}
