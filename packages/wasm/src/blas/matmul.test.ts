import { reference, type Shape } from '@unroll/backend';
import { relativeError, roundingTolerance } from '@unroll/backend/testing';
import { describe, expect, test } from 'vitest';
import { makeMachine } from '../machine/make-machine.ts';
import { fakeLibrary } from '../testing/fake-library.ts';
import { openBlas } from '../testing/open-blas.ts';
import { operandsOf, read } from '../testing/operands.ts';
import { backendOn, wasm } from '../wasm.ts';

const host = reference();

const windowed = operandsOf(host);
/** A window of a memory. */
const operand = (shape: Shape) => windowed(shape, 5);

const flags = [false, true];

for (const [name, library] of Object.entries({ fake: fakeLibrary(), OpenBLAS: openBlas() })) {
  describe.skipIf(library === undefined)(`products by a library (${name})`, () => {
    const machine = makeMachine({ simd: 'plain', library });
    const backend = backendOn(machine);

    test('agree with the reference: blocks of rows, transpositions, batches, windows of a memory', () => {
      for (const [batchA, batchB, m, k, n] of [
        [1, 1, 300, 70, 33],
        [3, 3, 40, 30, 50],
        [1, 3, 20, 60, 40],
        [3, 1, 131, 40, 40],
      ]) {
        for (const transposeA of flags) {
          for (const transposeB of flags) {
            const a = operand([batchA, ...(transposeA ? [k, m] : [m, k])]);
            const b = operand([batchB, ...(transposeB ? [n, k] : [k, n])]);
            const y = backend.kernels.matmul(a, b, transposeA, transposeB);
            const expected = host.kernels.matmul(a, b, transposeA, transposeB);
            const error = relativeError(read(y), read(expected));
            expect(error).toBeLessThanOrEqual(roundingTolerance(k));
          }
        }
      }
    });

    test('keep a weight that is used again, and follow assign', () => {
      const [x, w, other] = [operand([1, 16, 64]), operand([1, 64, 40]), operand([1, 64, 40])];
      const multiply = () => read(backend.kernels.matmul(x, w, false, false));
      const first = multiply();
      expect(multiply()).toEqual(first);
      expect(multiply()).toEqual(first);
      expect(machine.packed.bytes).toBeGreaterThanOrEqual(4 * 64 * 40);
      backend.kernels.assign(w, other);
      const second = multiply();
      expect(second).toEqual(read(backend.kernels.matmul(x, other, false, false)));
      expect(second).not.toEqual(first);
    });

    test('take no memory from call to call', () => {
      const run = () => {
        const [a, b] = [operand([2, 50, 100]), operand([2, 100, 60])];
        backend.kernels.matmul(a, b, false, false);
      };
      run();
      const { used } = backend.memory();
      for (let i = 0; i < 20; i++) run();
      expect(backend.memory().used).toBe(used);
    });
  });
}

test('small and thin products are not worth a call', () => {
  const library = fakeLibrary();
  const { kernels } = backendOn(makeMachine({ simd: 'plain', library }));
  for (const [m, k, n] of [
    [1, 512, 512],
    [7, 512, 512],
    [16, 16, 16],
  ]) {
    kernels.matmul(operand([1, m, k]), operand([1, k, n]), false, false);
  }
  expect(library.calls).toBe(0);
  kernels.matmul(operand([1, 32, 32]), operand([1, 32, 32]), false, false);
  expect(library.calls).toBe(1);
});

test('against wide vectors only products of many rows are worth a call', () => {
  const library = fakeLibrary();
  const { kernels } = backendOn(makeMachine({ simd: 'wide', library }));
  kernels.matmul(operand([1, 63, 32]), operand([1, 32, 32]), false, false);
  expect(library.calls).toBe(0);
  kernels.matmul(operand([1, 64, 32]), operand([1, 32, 32]), false, false);
  expect(library.calls).toBe(1);
});

test('nothing is loaded unless it is asked for; a backend says what computes', () => {
  expect(wasm().blas).toBeUndefined();
  expect(wasm({ blas: false }).blas).toBeUndefined();
  const { name } = fakeLibrary();
  const backend = backendOn(makeMachine({ simd: 'plain', library: fakeLibrary() }));
  expect(backend.blas).toBe(name);
  expect(backend.describe?.()).toMatchObject({ simd: { value: 'plain' }, blas: { value: name } });
  expect(wasm().describe?.().blas.value).toBe('none');
  expect(() => wasm({ blas: '/nowhere/libcblas.so' })).toThrow('/nowhere/libcblas.so');
});
