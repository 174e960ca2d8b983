import { UnsupportedError } from '@unroll/backend';
import { afterEach, expect, test, vi } from 'vitest';
import { simdOf, tryKinds } from './simd.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** An engine that validates only some of the modules it is asked about. */
function engineThat(accepts: (bytes: Uint8Array) => boolean): void {
  vi.stubGlobal('WebAssembly', { validate: accepts });
}

/** The prefix and number of relaxed multiply-add. */
const hasMultiplyAdd = (bytes: Uint8Array) => [...bytes].join().includes('253,133,2');

test('multiply-add in one instruction is used where the engine has it', () => {
  vi.stubGlobal('process', undefined);
  engineThat(() => true);
  expect(tryKinds()).toBe('relaxed');
  engineThat((bytes) => !hasMultiplyAdd(bytes));
  expect(tryKinds()).toBe('plain');
});

test('without SIMD or without WebAssembly the error names the reference', () => {
  engineThat(() => false);
  expect(tryKinds).toThrow(UnsupportedError);
  vi.stubGlobal('WebAssembly', undefined);
  expect(tryKinds).toThrow('use the reference backend');
});

test('without multiply-add the tile is lower, so that nothing is spilled', () => {
  expect(simdOf('plain').tile.rows).toBeLessThan(simdOf('relaxed').tile.rows);
});
