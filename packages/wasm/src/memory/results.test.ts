import { expect, test } from 'vitest';
import { Heap } from './heap.ts';
import type { HostMemory } from './host-memory.ts';
import { Results } from './results.ts';
import { Workspace } from './workspace.ts';

const LENGTH = 10_000;
/** Room for two of them. */
const LIMIT = 2 * (4 * LENGTH + 64);

function setup() {
  const heap = new Heap();
  const workspace = new Workspace(heap);
  const results = new Results(heap, workspace, LIMIT);
  const made = (value: number) => {
    const { memory, address } = workspace.during(() => results.make(LENGTH)!);
    heap.floats.fill(value, address / 4, address / 4 + LENGTH);
    return memory;
  };
  const addressOf = (memory: HostMemory) =>
    results.addressOf({ memory, offset: 0, shape: [LENGTH], dtype: 'float32' });
  return { heap, workspace, results, made, addressOf };
}

const allAre = (memory: HostMemory, value: number) => memory.values.every((x) => x === value);

test('a result lies in the machine’s memory, and is an array for whoever reads it', () => {
  const { heap, made, addressOf } = setup();
  const x = made(3);
  expect(addressOf(x)).toBeGreaterThan(0);
  expect(x.length).toBe(LENGTH);
  expect(x.values.buffer).not.toBe(heap.memory.buffer);
  expect(allAre(x, 3)).toBe(true);
  expect(addressOf(x)).toBeGreaterThan(0);
});

test('the oldest move out with their values when there is no room for another', () => {
  const { results, made, addressOf } = setup();
  const [x, y, z] = [made(1), made(2), made(3)];
  expect(addressOf(x)).toBeUndefined();
  for (const [memory, value] of [[x, 1] as const, [y, 2] as const, [z, 3] as const]) {
    expect(allAre(memory, value)).toBe(true);
  }
  expect(results.bytes).toBeLessThanOrEqual(LIMIT);
});

test('what an operation uses stays where it is until the operation ends', () => {
  const { workspace, results, made, addressOf } = setup();
  const [x, y] = [made(1), made(2)];
  workspace.during(() => {
    expect(addressOf(x)).toBeGreaterThan(0);
    expect(results.make(LENGTH)).toBeDefined();
    expect(addressOf(x)).toBeGreaterThan(0);
    expect(addressOf(y)).toBeUndefined();
    expect(results.make(LENGTH)).toBeUndefined();
  });
});

test('who writes into a result has it move out first', () => {
  const { results, made, addressOf } = setup();
  const x = made(1);
  x.leave?.();
  expect(addressOf(x)).toBeUndefined();
  expect(results.bytes).toBe(0);
  x.values.fill(5);
  expect(allAre(x, 5)).toBe(true);
});

test('what is lent and given back leaves its room to the next, and cannot be read by mistake', () => {
  const { results, made, addressOf } = setup();
  const x = made(1);
  const address = addressOf(x);
  results.lend(x);
  expect(x.isLent).toBe(true);
  results.giveBack(x);
  expect(addressOf(made(2))).toBe(address);
  expect(() => x.values).toThrow('given back');
});

test('small results and those larger than their share have no room', () => {
  const { results } = setup();
  expect(results.make(100)).toBeUndefined();
  expect(results.make(LIMIT)).toBeUndefined();
});
