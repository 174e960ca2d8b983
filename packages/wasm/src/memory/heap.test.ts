import { OptionError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { Heap } from './heap.ts';
import { Leases } from './leases.ts';
import { MemoryError } from './memory-error.ts';
import { Workspace } from './workspace.ts';

const MIB = 2 ** 20;

test('a heap grows, and its views follow', () => {
  const heap = new Heap();
  const first = heap.take(1000);
  heap.floats[first / 4] = 7;
  heap.bytes[first + 4] = 9;
  const before = heap.memory.buffer;
  const second = heap.take(3 * MIB);
  expect(heap.memory.buffer).not.toBe(before);
  expect(heap.floats[first / 4]).toBe(7);
  expect(heap.bytes[first + 4]).toBe(9);
  heap.floats[(second + 3 * MIB) / 4 - 1] = 1;
  expect(heap.floats.length).toBeGreaterThanOrEqual((second + 3 * MIB) / 4);
});

test('address 0 is never given out', () => {
  expect(new Heap().take(0)).toBeGreaterThan(0);
});

test('at the limit the error says what was asked for, and nothing is lost', () => {
  const heap = new Heap({ memoryLimit: 4 * MIB });
  const leases = new Leases(heap);
  const lease = leases.lease();
  const address = lease.take(2 * MIB);
  heap.floats[address / 4] = 42;
  const { used } = heap;
  expect(() => heap.take(3 * MIB)).toThrow(MemoryError);
  expect(() => heap.take(3 * MIB)).toThrow(
    'wasm: memoryLimit is reached: 3.0 MiB asked for, 2.0 MiB of 4.0 MiB in use',
  );
  expect(heap.used).toBe(used);
  expect(heap.floats[address / 4]).toBe(42);
  lease.release();
  expect(heap.take(3 * MIB)).toBeGreaterThan(0);
});

test('a limit that cannot be is refused', () => {
  for (const memoryLimit of [0, -1, Number.NaN, 2 ** 33]) {
    expect(() => new Heap({ memoryLimit })).toThrow(OptionError);
  }
});

test('a lease is given back once, with all that it has taken', () => {
  const heap = new Heap();
  const leases = new Leases(heap);
  const [lease, other, again] = [leases.lease(), leases.lease(), leases.lease()];
  const address = lease.take(1000);
  lease.take(200);
  other.take(500);
  expect(leases.bytes).toBe(1700);
  lease.release();
  lease.release();
  expect(leases.bytes).toBe(500);
  expect(again.take(1000)).toBe(address);
  other.release();
  again.release();
  expect([leases.bytes, heap.used]).toEqual([0, 0]);
});

test('workspace is given back at the end of an operation, also of one that throws', () => {
  const heap = new Heap();
  const workspace = new Workspace(heap);
  const borrow = () => workspace.during(() => workspace.borrow(1000));
  const first = borrow();
  expect(borrow()).toBe(first);
  const failing = () =>
    workspace.during(() => {
      workspace.borrow(5000);
      throw new Error('no');
    });
  expect(failing).toThrow('no');
  expect(borrow()).toBe(first);
});

test('nested operations give back only their own, and chunks become one', () => {
  const heap = new Heap();
  const workspace = new Workspace(heap);
  workspace.during(() => {
    const outer = workspace.borrow(100);
    const inner = workspace.during(() => [workspace.borrow(100), workspace.borrow(2 * MIB)]);
    const next = workspace.borrow(3 * MIB);
    expect(new Set([outer, ...inner]).size).toBe(3);
    expect(Math.abs(next - outer)).toBeGreaterThanOrEqual(100);
  });
  const { used } = heap;
  workspace.during(() => workspace.borrow(3 * MIB));
  expect(heap.used).toBe(used);
});

test('borrowing outside an operation is a mistake', () => {
  expect(() => new Workspace(new Heap()).borrow(1)).toThrow('during()');
});

test('idle workspace makes room for leases', () => {
  const heap = new Heap({ memoryLimit: 4 * MIB });
  const workspace = new Workspace(heap);
  workspace.during(() => workspace.borrow(3 * MIB));
  expect(new Leases(heap).lease().take(3 * MIB)).toBeGreaterThan(0);
});
