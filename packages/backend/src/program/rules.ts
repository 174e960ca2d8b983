import * as kinds from './kinds/index.ts';
import type { Computation, Source, Sum, Value } from './program.ts';
import type { Rule } from './rule.ts';

const table: { readonly [K in Computation['kind']]: Rule<Extract<Computation, { kind: K }>> } =
  kinds;

/** The rule of a computation's kind; undefined for a kind that does not exist. */
export function ruleOf<C extends Computation>(node: C): Rule<C> {
  return (Object.hasOwn(table, node.kind) ? table[node.kind] : undefined) as unknown as Rule<C>;
}

const sources: ReadonlySet<string> = new Set<Source['kind']>([
  'step',
  'state',
  'sequence',
  'memory',
  'weight',
  'saved',
]);

export function isSource<V extends Source | Computation>(node: V): node is V & Source {
  return sources.has(node.kind);
}

/** The values that a value reads; none for a source. */
export function operandsOf(value: Value): readonly number[] {
  return isSource(value) ? [] : ruleOf<Computation>(value).operands(value as Computation);
}

/** All refs of a sum, `into` first. */
export function sumOperands(sum: Sum): readonly number[] {
  switch (sum.kind) {
    case 'product':
      return [sum.into, sum.left, sum.right];
    case 'columns':
    case 'steps':
      return [sum.into, sum.value];
    case 'outer':
      return [sum.into, sum.weights, sum.vector];
    case 'additiveKeys':
      return [sum.into, sum.query, sum.vector, sum.gradient];
    case 'additiveVector':
      return [sum.into, sum.query, sum.memory, sum.gradient];
  }
}

/** The same sum of other values. */
export function mapSum(sum: Sum, to: (ref: number) => number): Sum {
  const entries = Object.entries(sum).map(([key, x]) => [key, typeof x === 'number' ? to(x) : x]);
  return Object.fromEntries(entries) as Sum;
}
