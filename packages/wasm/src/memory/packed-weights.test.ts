import { expect, test } from 'vitest';
import { Heap } from './heap.ts';
import { hostMemory } from './host-memory.ts';
import { PackedWeights } from './packed-weights.ts';
import { Workspace } from './workspace.ts';

const KIB = 1024;

function setup(limit = 10 * KIB, memoryLimit?: number) {
  const heap = new Heap({ memoryLimit });
  const workspace = new Workspace(heap);
  const packed = new PackedWeights(heap, workspace, limit);
  const made: string[] = [];
  const memory = (name: string) => ({ name, ...hostMemory('float32', new Float32Array(1)) });
  const get = (x: ReturnType<typeof memory>, version = 0, bytes = 4 * KIB) =>
    packed.get(x, version, { form: 'f', bytes, pack: () => made.push(x.name) });
  const operation = <T>(body: () => T): T => workspace.during(body);
  return { heap, workspace, packed, made, memory, get, operation };
}

test('a copy is made once for each version', () => {
  const { made, memory, get, operation, packed } = setup();
  const w = memory('w');
  const first = operation(() => get(w));
  expect(operation(() => get(w))).toBe(first);
  expect(made).toEqual(['w']);
  operation(() => get(w, 1));
  expect(made).toEqual(['w', 'w']);
  expect(packed.bytes).toBe(4 * KIB);
});

test('a copy of another version is written where the old one lay; one that fails is given back', () => {
  const { packed, memory, get, operation, heap } = setup();
  const w = memory('w');
  const address = operation(() => get(w, 0));
  expect(operation(() => get(w, 1))).toBe(address);
  const pack = () => {
    throw new Error('no');
  };
  expect(() => packed.get(w, 2, { form: 'f', bytes: 4 * KIB, pack })).toThrow('no');
  expect(packed.bytes).toBe(0);
  expect(heap.take(4 * KIB)).toBe(address);
});

test('the copy unused for longest goes when the bound is reached', () => {
  const { made, memory, get, operation, packed } = setup();
  const [a, b, c] = ['a', 'b', 'c'].map(memory);
  for (const x of [a, b, a, c]) operation(() => get(x));
  expect(packed.bytes).toBe(8 * KIB);
  operation(() => get(a));
  expect(made).toEqual(['a', 'b', 'c']);
  operation(() => get(b));
  expect(made).toEqual(['a', 'b', 'c', 'b']);
});

test('a copy used in an operation stays to its end; what finds no room is not kept', () => {
  const { memory, get, operation, made } = setup();
  const [a, b, c] = ['a', 'b', 'c'].map(memory);
  const addresses = operation(() => [get(a), get(b), get(c)]);
  expect(addresses[2]).toBeUndefined();
  expect(new Set(addresses).size).toBe(3);
  expect(made).toEqual(['a', 'b']);
});

test('from the second time on what is used again is kept', () => {
  const { packed, memory, operation, made } = setup();
  const w = memory('w');
  const form = { form: 'f', bytes: KIB, pack: () => made.push('w') };
  const repeated = (version: number) => operation(() => packed.getRepeated(w, version, form));
  expect(repeated(0)).toBeUndefined();
  expect(repeated(0)).toBeGreaterThan(0);
  expect(repeated(1)).toBeUndefined();
  expect(repeated(1)).toBeGreaterThan(0);
  expect(made.length).toBe(2);
  expect(packed.bytes).toBe(KIB);
});

test('copies make room when memory is short, and a copy that fails leaves none behind', () => {
  const { heap, packed, memory, get, operation } = setup(2 ** 20, 2 ** 20);
  operation(() => get(memory('a'), 0, 700 * KIB));
  expect(heap.take(600 * KIB)).toBeGreaterThan(0);
  expect(packed.bytes).toBe(0);
  const { used } = heap;
  const pack = () => {
    throw new Error('no');
  };
  const failing = () => packed.get(memory('b'), 0, { form: 'f', bytes: KIB, pack });
  expect(failing).toThrow('no');
  expect([heap.used, packed.bytes]).toEqual([used, 0]);
});
