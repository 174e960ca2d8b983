import { afterEach, expect, test, vi } from 'vitest';
import { type WasmOptions, wasm } from '../wasm.ts';
import { describeMachine } from './describe.ts';
import type { Machine } from './machine.ts';
import { makeMachine } from './make-machine.ts';
import { detectSimd } from './simd.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const factsOf = (options?: WasmOptions) => wasm(options).describe!();

test('what nobody asked for says why it was chosen', () => {
  vi.stubGlobal('navigator', { hardwareConcurrency: 4 });
  const { simd, threads, memory } = factsOf();
  expect(simd.value).toBe(detectSimd());
  expect(simd.why).not.toContain('asked');
  const why = expect.stringMatching(/^one for each core; the others start with the first work/);
  expect(threads).toEqual({ value: 4, why });
  expect(memory).toEqual({ value: '2 GiB', why: 'the limit where none is given; 0 B are in use' });
  vi.stubGlobal('navigator', { hardwareConcurrency: 1 });
  expect(factsOf().threads).toEqual({ value: 1, why: 'one for each core' });
});

test('what was asked for says so', () => {
  const { simd, threads, memory } = factsOf({ simd: 'plain', threads: 1, memoryLimit: 2 ** 28 });
  expect(simd).toEqual({ value: 'plain', why: 'wasm({ simd }) asked for it' });
  expect(threads).toEqual({ value: 1, why: 'wasm({ threads }) asked for it' });
  expect(memory.value).toBe('256 MiB');
  expect(memory.why).toContain('wasm({ memoryLimit }) asked for it');
});

test('each kind of instructions has its reason', () => {
  const asked = { simd: undefined, threads: undefined, memoryLimit: undefined };
  const whyFor = (simd: 'wide' | 'relaxed' | 'plain') =>
    describeMachine({ ...makeMachine({ simd: 'plain' }), simd } satisfies Machine, asked).simd.why;
  expect(whyFor('plain')).toContain('no relaxed SIMD');
  expect(whyFor('wide')).toContain('256 bits of twice 128');
  expect(whyFor('relaxed')).toMatch(/in one instruction; .*256 bits/);
});

test('threads are counted with their state, and one thread with what stands in the way', async () => {
  const backend = wasm({ threads: 3 });
  expect(backend.describe!().threads).toEqual({
    value: 3,
    why: expect.stringContaining('the others start with the first work'),
  });
  const ready = backend.ready();
  expect(backend.describe!().threads.why).toContain('being started');
  expect(await ready).toBe(true);
  expect(backend.describe!().threads.why).toContain('all are ready');
  vi.stubGlobal('SharedArrayBuffer', undefined);
  expect(factsOf({ threads: 2 }).threads).toEqual({
    value: 1,
    why: 'this engine has no SharedArrayBuffer',
  });
  vi.unstubAllGlobals();
  vi.stubGlobal('crossOriginIsolated', false);
  expect(factsOf({ threads: 2 }).threads.why).toContain('not cross-origin isolated');
  vi.unstubAllGlobals();
  vi.stubGlobal('Atomics', {
    ...Atomics,
    wait: () => {
      throw new TypeError('on a page');
    },
  });
  expect(factsOf({ threads: 2 }).threads.why).toContain("a page's own thread may not wait");
});

test('workers that could not be started leave one thread', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  const backend = wasm({ threads: 2, workerUrl: new URL('nowhere.js', import.meta.url) });
  expect(await backend.ready()).toBe(false);
  expect(backend.describe!().threads).toEqual({ value: 1, why: 'no worker could be started' });
});
