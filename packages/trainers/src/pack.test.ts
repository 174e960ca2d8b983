import { DataError } from '@unroll/backend';
import { Tensor, tensor } from '@unroll/tensor';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pack, unpack } from './pack.ts';

const name = fc.string().filter((key) => !['$tensor', '$number', '__proto__'].includes(key));
const leaf = fc.oneof(
  fc.double(),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }).map((values) => tensor(Int32Array.from(values))),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('tree')), fc.dictionary(name, tie('tree'))),
}));

describe('pack', () => {
  test('and unpack give a tree back, through JSON, to the bit', () => {
    fc.assert(
      fc.property(tree, (given) => {
        const { data, tensors } = pack(given);
        const back = unpack(JSON.parse(JSON.stringify(data)), tensors);
        expect(comparable(back)).toEqual(comparable(given));
      }),
    );
  });

  test('gives every tensor a name of its own', () => {
    const x = tensor([1]);
    const { tensors } = pack({ a: { 'b/c': x, b: { c: x }, '%2F': x, '/': x } });
    expect(Object.keys(tensors)).toEqual(['a/b%2Fc', 'a/b/c', 'a/%252F', 'a/%2F']);
  });

  test('leaves out what is absent', () => {
    expect(pack({ a: undefined, b: [undefined, 1] }).data).toEqual({ b: [null, 1] });
  });

  test('refuses what would not come back', () => {
    expect(() => pack({ fn: () => 1 })).toThrow(DataError);
    expect(() => pack({ deep: { map: new Map() } })).toThrow('deep.map is a Map');
    expect(() => pack({ $tensor: 1 })).toThrow('kept for other uses');
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(() => pack(loop)).toThrow('Does it contain itself?');
    expect(() => unpack({ $tensor: 'x' }, {})).toThrow("no tensor 'x'");
  });
});

/** Tensors as values, and no difference between the kinds of plain objects. */
function comparable(value: unknown): unknown {
  if (value instanceof Tensor) return { tensor: [...value.dataSync()], dtype: value.dtype };
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, comparable(child)]));
}
