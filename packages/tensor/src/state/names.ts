import { DataError } from '@unroll/backend';
import { Tensor } from '../core/tensor.ts';
import { deepest, fieldsOf, leafOf, place, type StateTree } from './tree.ts';

const number = /^(0|[1-9]\d*)$/;

/** Names that JavaScript gives a meaning of its own. */
const reserved = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The leaves of a state by their dotted paths, for a file: `[{ h, c }]` → `{ '0.h', '0.c' }`. A state that is one tensor
 * has the path `''`.
 *
 * @throws DataError for a state that would not come back: an empty list, a name with a dot or of digits only
 */
export function stateToTensors(state: StateTree): Record<string, Tensor> {
  const out = new Map<string, Tensor>();
  const walk = (node: StateTree, path: readonly string[]): void => {
    const leaf = leafOf('stateToTensors', node, path);
    if (leaf) {
      out.set(path.join('.'), leaf);
      return;
    }
    const fields = fieldsOf(node);
    if (fields.length === 0 && (path.length > 0 || Array.isArray(node))) {
      throw new DataError('stateToTensors', `${place(path)} is empty and would be lost in a file`);
    }
    for (const [name, child] of fields) {
      if (!Array.isArray(node)) checkField(name, path);
      walk(child, [...path, name]);
    }
  };
  walk(state, []);
  return Object.fromEntries(out);
}

function checkField(name: string, path: readonly string[]): void {
  if (name !== '' && !name.includes('.') && !/^\d+$/.test(name) && !reserved.has(name)) return;
  throw new DataError(
    'stateToTensors',
    `${place(path)} has a field '${name}', which cannot stand in a path. Use a name without dots that is no number.`,
    { name },
  );
}

interface Branch extends Map<string, Tensor | Branch> {}

/**
 * The state whose leaves have these paths: what `stateToTensors` was given.
 *
 * @throws DataError for paths that no state has: reserved names, gaps in a list, one path inside another
 */
export function stateFromTensors(record: Readonly<Record<string, Tensor>>): StateTree {
  const root: Branch = new Map();
  const entries = Object.entries(record);
  if (entries.length === 1 && entries[0][0] === '') return entries[0][1];
  for (const [path, leaf] of entries) insert(root, path, leaf);
  return build(root, []);
}

function insert(root: Branch, path: string, leaf: Tensor): void {
  const names = path.split('.');
  if (names.length > deepest) refuse(path.slice(0, 80), `is more than ${deepest} levels deep`);
  let branch = root;
  for (const [i, name] of names.entries()) {
    if (name === '' || reserved.has(name))
      refuse(path, `has the name '${name}', which no field has`);
    const next = branch.get(name);
    if (i === names.length - 1) {
      if (next) refuse(path, 'is both a tensor and more than one');
      branch.set(name, leaf);
    } else if (next instanceof Tensor) {
      refuse(names.slice(0, i + 1).join('.'), 'is both a tensor and more than one');
    } else {
      const made: Branch = next ?? new Map();
      branch.set(name, made);
      branch = made;
    }
  }
}

function build(node: Tensor | Branch, path: readonly string[]): StateTree {
  if (node instanceof Tensor) return node;
  const children = [...node].map(([name, child]) => [name, build(child, [...path, name])] as const);
  const names = [...node.keys()];
  if (!names.some((name) => /^\d+$/.test(name))) return Object.fromEntries(children);
  const list = new Array<StateTree | undefined>(children.length).fill(undefined);
  for (const [name, child] of children) {
    if (!number.test(name) || Number(name) >= list.length) {
      refuse(
        path.join('.'),
        `must be a list 0 … ${list.length - 1} or have no numbers; got ${names.slice(0, 20).join(', ')}`,
      );
    }
    list[Number(name)] = child;
  }
  return list as StateTree[];
}

function refuse(path: string, words: string): never {
  throw new DataError('stateFromTensors', `'${path}' ${words}`, { path });
}
