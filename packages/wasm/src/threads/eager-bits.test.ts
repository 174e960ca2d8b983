import { type Memory, type Operand, type Shape, sizeOf, table } from '@unroll/backend';
import { expect, test } from 'vitest';
import { makeMachine } from '../machine/make-machine.ts';
import type { SimdKind } from '../machine/simd.ts';
import { backendOn, type WasmBackend } from '../wasm.ts';

async function backendWith(threads: number, simd: SimdKind = 'relaxed'): Promise<WasmBackend> {
  const backend = backendOn(makeMachine({ simd, threads, shareFrom: 0 }));
  expect(await backend.ready()).toBe(threads > 1);
  return backend;
}

const one = await backendWith(1);
const several = [await backendWith(2), await backendWith(4), await backendWith(2, 'wide')];

/** Numbers between −1 and 1. */
function noise(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.fround(((i + seed) * 0.618034) % 1) * 2 - 1);
}

const on = (memory: Memory, shape: Shape): Operand => ({
  ...{ memory, offset: 0, shape, dtype: 'float32' },
});

/** One operation after the other, each on what the last one left in the machine's memory. */
function chain(backend: WasmBackend, shape: Shape) {
  const { fused, kernels } = backend;
  const [rows, columns] = shape;
  const upload = (own: Shape, seed: number) => on(backend.upload(noise(sizeOf(own), seed)), own);
  const apply = (name: keyof typeof table, ...inputs: Operand[]) =>
    on(kernels.pointwise(table[name].formula, inputs, shape, 'float32')[0], shape);
  const x = upload(shape, 1);
  const shifted = apply('add', x, upload([columns], 2));
  const scaled = apply('mul', shifted, upload([rows, 1], 3));
  const activated = apply('tanh', apply('exp', scaled));
  const normal = on(fused.normalize!(activated, 1e-5), shape);
  const slopes = on(fused.normalizeBackward!(activated, normal, 1e-5), shape);
  const weights = on(fused.softmax!(slopes), shape);
  const product = on(
    kernels.matmul(
      { ...weights, shape: [1, ...shape] },
      { ...normal, shape: [1, ...shape] },
      true,
      false,
    ),
    [columns, columns],
  );
  const sums = on(kernels.reduce('sum', product, 0), [columns]);
  return [x, shifted, scaled, activated, normal, slopes, weights, product, sums].map((each) =>
    backend.readSync?.(each),
  );
}

test.each([
  ['whole vectors', [100, 132]],
  ['rows that end in the middle of one', [101, 131]],
] as const)('%s: the same bits on 1, 2 and 4 threads, narrow and wide', (_, shape) => {
  const expected = chain(one, shape);
  expect(expected.map((values) => values?.every(Number.isFinite))).not.toContain(false);
  for (const backend of several) expect(chain(backend, shape)).toEqual(expected);
});
