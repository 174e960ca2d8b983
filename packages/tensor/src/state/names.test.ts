import { DataError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tensor } from '../core/create.ts';
import { Tensor } from '../core/tensor.ts';
import { stateFromTensors, stateToTensors } from './names.ts';
import type { StateTree } from './tree.ts';

const leaf = tensor([[1]]);

const field = fc.stringMatching(/^[a-zA-Z_$][a-zA-Z0-9_]{0,5}$/);

const { tree } = fc.letrec<{ tree: StateTree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.integer().map((value) => tensor([value], { dtype: 'int32' })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 12 }),
    fc.dictionary(field, tie('tree'), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('the names of a state', () => {
  test('are dotted paths', () => {
    const [h, c, b] = [tensor([[1]]), tensor([[2]]), tensor([[3]])];
    const named = stateToTensors([{ h, c }, { backward: { h: b } }]);
    expect(Object.keys(named)).toEqual(['0.h', '0.c', '1.backward.h']);
    expect(named['1.backward.h']).toBe(b);
  });

  test('give the state back: lists as lists, fields as fields', () => {
    fc.assert(
      fc.property(tree, (state) => {
        const back = stateFromTensors(stateToTensors(state));
        expect(shapeOf(back)).toEqual(shapeOf(state));
      }),
    );
    expect(stateFromTensors(stateToTensors(leaf))).toBe(leaf);
    expect(stateFromTensors(stateToTensors({}))).toEqual({});
  });

  test('give a list back whatever the order of the names', () => {
    const state = stateFromTensors({ '1': tensor([2]), '0': tensor([1]) }) as Tensor[];
    expect(state.map((x) => x.itemSync())).toEqual([1, 2]);
  });

  test.each([
    [[], 'the state is empty'],
    [[{ h: leaf }, {}], 'state.1 is empty'],
    [{ 'a.b': leaf }, "the state has a field 'a.b'"],
    [{ a: { '0': leaf } }, "state.a has a field '0'"],
    [{ a: { '': leaf } }, "state.a has a field ''"],
    [{ constructor: leaf }, "the state has a field 'constructor'"],
  ])('are refused to states that would not come back', (state, words) => {
    expect(() => stateToTensors(state as StateTree)).toThrow(DataError);
    expect(() => stateToTensors(state as StateTree)).toThrow(words);
  });

  test.each([
    [['__proto__.polluted'], "'__proto__.polluted' has the name '__proto__', which no field has"],
    [['a.constructor.prototype.x'], "has the name 'constructor'"],
    [['a..b'], "'a..b' has the name ''"],
    [['a', ''], "'' has the name ''"],
    [['a', 'a.b'], "'a' is both a tensor and more than one"],
    [['a.b', 'a'], "'a' is both a tensor and more than one"],
    [['x.0', 'x.2'], "'x' must be a list 0 … 1 or have no numbers; got 0, 2"],
    [['4294967295'], "'' must be a list 0 … 0"],
    [['0', '01'], "'' must be a list 0 … 1"],
    [['0', 'h'], "'' must be a list 0 … 1 or have no numbers; got 0, h"],
    [['-1', '0'], "'' must be a list 0 … 1"],
    [['a.'.repeat(100_000)], 'is more than 64 levels deep'],
  ])('are refused when no state has them: %j', (paths, words) => {
    const record = Object.fromEntries(paths.map((path) => [path, leaf]));
    expect(() => stateFromTensors(record)).toThrow(DataError);
    expect(() => stateFromTensors(record)).toThrow(words);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

/** The tree with numbers in place of tensors. */
function shapeOf(node: StateTree): unknown {
  if (node instanceof Tensor) return node.itemSync();
  if (Array.isArray(node)) return node.map(shapeOf);
  return Object.fromEntries(Object.entries(node).map(([name, child]) => [name, shapeOf(child)]));
}
