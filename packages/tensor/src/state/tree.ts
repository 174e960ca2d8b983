import { DTypeError, ShapeError } from '@unroll/backend';
import { asTensor } from '../core/accept.ts';
import { Tensor } from '../core/tensor.ts';

/**
 * What a sequence model carries from step to step: named fields and lists, with tensors `[batch, …]` as their leaves.
 * Name the fields of your own state in a `type`: TypeScript takes no `interface` for a tree.
 */
export type StateTree = Tensor | readonly StateTree[] | { readonly [name: string]: StateTree };

/** Deeper than any model; a tree that contains itself ends here. */
export const deepest = 64;

type Fields = Readonly<Record<string, StateTree>>;

/** The leaf at this place, or undefined for a list or fields; an error for anything else. */
export function leafOf(
  operation: string,
  node: StateTree,
  path: readonly string[],
): Tensor | undefined {
  if (path.length > deepest) {
    throw new ShapeError(
      operation,
      `the state is more than ${deepest} levels deep. Does it contain itself?`,
    );
  }
  if (node instanceof Tensor) return node;
  if (Array.isArray(node) || isFields(node)) return undefined;
  try {
    return asTensor(operation, node);
  } catch (error) {
    if (!(error instanceof DTypeError)) throw error;
    throw new DTypeError(
      operation,
      `${place(path)} is ${describe(node)}. A state has tensors, in lists and plain objects.`,
      { path: path.join('.') },
    );
  }
}

/** The fields of a list or an object, in order. */
export function fieldsOf(node: StateTree): [name: string, child: StateTree][] {
  return Object.entries(node);
}

/** Calls `visit` for every leaf, in order. */
export function visitLeaves(
  operation: string,
  node: StateTree,
  visit: (leaf: Tensor, path: readonly string[]) => void,
  path: readonly string[] = [],
): void {
  const leaf = leafOf(operation, node, path);
  if (leaf) {
    visit(leaf, path);
    return;
  }
  for (const [name, child] of fieldsOf(node)) visitLeaves(operation, child, visit, [...path, name]);
}

/** Where in a tree, in words. */
export function place(path: readonly string[]): string {
  return path.length === 0 ? 'the state' : `state.${path.join('.')}`;
}

function isFields(node: unknown): node is Fields {
  if (typeof node !== 'object' || node === null) return false;
  const prototype = Object.getPrototypeOf(node);
  return prototype === Object.prototype || prototype === null;
}

export function describe(node: unknown): string {
  if (node instanceof Tensor) return 'a tensor';
  if (Array.isArray(node)) return `a list of ${node.length}`;
  if (isFields(node)) return `{ ${Object.keys(node).join(', ')} }`;
  if (typeof node !== 'object' || node === null) return String(node);
  return `a ${node.constructor?.name ?? 'object'}`;
}
