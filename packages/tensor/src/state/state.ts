import { DataError, ShapeError } from '@unroll/backend';
import { tensor } from '../core/create.ts';
import { Tensor } from '../core/tensor.ts';
import { where } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { indexSelect } from '../operations/select.ts';
import { describe, fieldsOf, leafOf, place, type StateTree, visitLeaves } from './tree.ts';

/**
 * A state of the same form with `fn` of every leaf, or of the leaves at one place in several states.
 *
 * @throws ShapeError listing every place where the states differ in form
 * @example
 * const average = mapState(a, (x, y) => mul(add(x, y), 0.5), b);
 */
export function mapState<S extends StateTree>(
  state: S,
  fn: (leaf: Tensor, ...others: Tensor[]) => Tensor,
  ...others: StateTree[]
): S {
  checkAlike('mapState', state, others);
  const map = (node: StateTree, beside: readonly StateTree[]): StateTree => {
    if (node instanceof Tensor) return fn(node, ...(beside as Tensor[]));
    const mapped = fieldsOf(node).map(
      ([name, child]) =>
        [
          name,
          map(
            child,
            beside.map((other) => childOf(other, name)),
          ),
        ] as const,
    );
    return Array.isArray(node) ? mapped.map(([, child]) => child) : Object.fromEntries(mapped);
  };
  return map(state, others) as S;
}

/** The same state cut off from the graph, as truncated backpropagation through time carries it on. */
export function detachState<S extends StateTree>(state: S): S {
  return mapState(state, (leaf) => leaf.detach());
}

/**
 * The rows `ids` of every leaf, in that order: how beams follow their best predecessors.
 *
 * @param ids rows of the batch; may repeat
 * @throws IndexError for a row that does not exist; ShapeError for ids with more than one axis
 */
export function selectRows<S extends StateTree>(
  state: S,
  ids: readonly number[] | Int32Array | Tensor,
): S {
  stateBatch(state);
  const rows = ids instanceof Tensor ? ids : tensor(Int32Array.from(ids));
  if (rows.rank !== 1) {
    throw new ShapeError('selectRows', `ids must be one list; got [${rows.shape.join(', ')}]`, {
      ids: rows.shape,
    });
  }
  return mapState(state, (leaf) => indexSelect(leaf, rows, { axis: 0 }));
}

/**
 * The state with some rows started anew, as at the border of two documents. No gradient flows through those rows.
 *
 * @param mask `[batch]`: true (not 0) for rows to start anew
 * @param initial what these rows become; its batch may be 1. Default: zeros
 * @throws ShapeError when mask, state and initial do not fit
 */
export function resetRows<S extends StateTree>(
  state: S,
  mask: readonly boolean[] | Tensor,
  initial?: S,
): S {
  const batch = stateBatch(state);
  const rows = mask instanceof Tensor ? mask : tensor(Uint8Array.from(mask, Number));
  if (rows.rank !== 1 || rows.size !== batch) {
    throw new ShapeError(
      'resetRows',
      `the mask must be [${batch}], one for each row; got [${rows.shape.join(', ')}]`,
      { batch, mask: rows.shape },
    );
  }
  const reset = (leaf: Tensor, fresh: Tensor | number): Tensor =>
    where(reshape(rows, [batch, ...leaf.shape.slice(1).map(() => 1)]), fresh, leaf);
  if (initial === undefined) return mapState(state, (leaf) => reset(leaf, 0));
  checkInitial(state, initial);
  return mapState(state, reset, initial);
}

/**
 * How many rows the leaves of a state have.
 *
 * @throws ShapeError when they differ; DataError when there is no leaf
 */
export function stateBatch(state: StateTree): number {
  let first: { batch: number; path: readonly string[] } | undefined;
  visitLeaves('stateBatch', state, (leaf, path) => {
    if (leaf.rank === 0) {
      throw new ShapeError('stateBatch', `${place(path)} is a scalar; leaves are [batch, …]`);
    }
    first ??= { batch: leaf.shape[0], path };
    if (leaf.shape[0] === first.batch) return;
    throw new ShapeError(
      'stateBatch',
      `leaves must have the same batch; got ${first.batch} in ${place(first.path)} and ${leaf.shape[0]} in ${place(path)}`,
      { left: first.batch, right: leaf.shape[0] },
    );
  });
  if (first === undefined) throw new DataError('stateBatch', 'the state has no tensors');
  return first.batch;
}

/** Throws one error with every place where a state differs in form from the first. */
function checkAlike(operation: string, state: StateTree, others: readonly StateTree[]): void {
  const wrong: string[] = [];
  const compare = (a: StateTree, b: StateTree, path: readonly string[]): void => {
    const [left, right] = [leafOf(operation, a, path), leafOf(operation, b, path)];
    if (left && right) return;
    if (left || right || Array.isArray(a) !== Array.isArray(b) || !sameNames(a, b)) {
      wrong.push(`${place(path)} is ${describe(a)} in one and ${describe(b)} in the other`);
      return;
    }
    for (const [name, child] of fieldsOf(a)) compare(child, childOf(b, name), [...path, name]);
  };
  for (const other of others) compare(state, other, []);
  if (others.length === 0) visitLeaves(operation, state, () => {});
  if (wrong.length > 0) {
    throw new ShapeError(operation, `the states differ in form: ${wrong.join('; ')}`, { wrong });
  }
}

function checkInitial(state: StateTree, initial: StateTree): void {
  checkAlike('resetRows', state, [initial]);
  const wrong: string[] = [];
  const paths = new Map<string, Tensor>();
  visitLeaves('resetRows', initial, (leaf, path) => paths.set(path.join('.'), leaf));
  visitLeaves('resetRows', state, ({ shape }, path) => {
    const fresh = paths.get(path.join('.'))?.shape ?? [];
    const fits = shape.every((n, i) => fresh[i] === n || (i === 0 && fresh[i] === 1));
    if (fits && fresh.length === shape.length) return;
    wrong.push(`${place(path)} is [${shape.join(', ')}], initially [${fresh.join(', ')}]`);
  });
  if (wrong.length > 0) throw new ShapeError('resetRows', wrong.join('; '), { wrong });
}

function sameNames(a: StateTree, b: StateTree): boolean {
  const names = new Set(Object.keys(b));
  return names.size === Object.keys(a).length && Object.keys(a).every((name) => names.has(name));
}

function childOf(node: StateTree, name: string): StateTree {
  return (node as Readonly<Record<string, StateTree>>)[name];
}
