import { expect, test } from 'vitest';
import { Heap } from './heap.ts';
import { hostMemory } from './host-memory.ts';
import { Residents } from './residents.ts';

const LENGTH = 1500;

function setup(limit = 20_000, shared = true) {
  const heap = new Heap({ shared });
  const residents = new Residents(heap, limit);
  const values = () => Float32Array.from({ length: LENGTH }, (_, i) => i);
  const memory = (version: number) => ({ ...hostMemory('float32', values()), version });
  return { heap, residents, values, memory };
}

test('what is written a second time moves into the machine’s memory, with its values', () => {
  const { heap, residents, values, memory } = setup();
  const w = memory(1);
  residents.welcome(w);
  expect(w.values.buffer).toBe(heap.memory.buffer);
  expect(w.address).toBe(w.values.byteOffset);
  expect([...w.values]).toEqual([...values()]);
  const { used } = heap;
  residents.welcome(w);
  expect(heap.used).toBe(used);
});

test.each([
  ['what is written for the first time', setup(), 0],
  ['what finds no room within the limit', setup(100), 1],
  ['anything in a memory that is not shared', setup(20_000, false), 1],
])('%s stays where it is', (_, { heap, residents, memory }, version) => {
  const w = memory(version);
  residents.welcome(w);
  expect(w.address).toBeUndefined();
  expect(w.values.buffer).not.toBe(heap.memory.buffer);
  expect(residents.bytes).toBe(0);
});

test('room that was lent and given back is lent again', () => {
  const { heap, residents } = setup();
  const address = residents.lend(LENGTH) as number;
  const { used } = heap;
  const lent = residents.lent(address, LENGTH);
  expect(lent).toMatchObject({ isLent: true, address, length: LENGTH });
  residents.giveBack(lent);
  expect(lent).toMatchObject({ isLent: false, address: undefined });
  expect(residents.lend(LENGTH)).toBe(address);
  expect(heap.used).toBe(used);
});

test('what is kept has its values when its room is somebody else’s', () => {
  const { residents, values } = setup();
  const address = residents.lend(LENGTH) as number;
  const lent = residents.lent(address, LENGTH);
  lent.values.set(values());
  residents.keep(lent);
  const next = residents.lent(residents.lend(LENGTH) as number, LENGTH);
  expect(next.address).toBe(address);
  next.values.fill(-1);
  expect([...lent.values]).toEqual([...values()]);
  expect(lent.isLent).toBe(false);
});

test('there is no room beyond the limit, nor for what is too small to be worth it', () => {
  const { residents } = setup(4 * LENGTH + 16);
  expect(residents.lend(10)).toBeUndefined();
  expect(residents.lend(LENGTH)).toBeDefined();
  expect(residents.lend(LENGTH)).toBeUndefined();
});
