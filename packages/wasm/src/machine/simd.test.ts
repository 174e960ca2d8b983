import { UnsupportedError } from '@unroll/backend';
import { afterEach, expect, test, vi } from 'vitest';
import { detectSimd, simdOf } from './simd.ts';

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
  engineThat(() => true);
  expect(detectSimd()).toBe('relaxed');
  engineThat((bytes) => !hasMultiplyAdd(bytes));
  expect(detectSimd()).toBe('plain');
});

test('without SIMD or without WebAssembly the error names the reference', () => {
  engineThat(() => false);
  expect(detectSimd).toThrow(UnsupportedError);
  vi.stubGlobal('WebAssembly', undefined);
  expect(detectSimd).toThrow('use the reference backend');
});

test('without multiply-add the tile is lower, so that nothing is spilled', () => {
  expect(simdOf('plain').tileRows).toBeLessThan(simdOf('relaxed').tileRows);
});
