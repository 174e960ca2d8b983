import {
  DTypeError,
  IndexError,
  type Memory,
  OptionError,
  reference,
  UnsupportedError,
} from '@unroll/backend';
import { conformance } from '@unroll/backend/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { gpu } from './gpu.ts';
import { plainBackend } from './testing/plain-backend.ts';

const { absent = {} } = plainBackend();
conformance('gpu, its kernels run as JavaScript', plainBackend, { absent });

const whole = (memory: Memory) =>
  ({ memory, offset: 0, shape: [memory.length], dtype: memory.dtype }) as const;

test('an option or mode that does not exist is refused', async () => {
  await expect(gpu({ mod: 'webgpu' } as object)).rejects.toThrow(OptionError);
  await expect(gpu({ mode: 'webgl' as 'webgl2' })).rejects.toThrow(
    "mode must be 'webgpu' or 'webgl2'",
  );
});

test('a way to the GPU that is not there is an error that says what is missing', async () => {
  await expect(gpu({ mode: 'webgl2' })).rejects.toThrow(
    'no GPU can be used here: WebGL2 is not there',
  );
});

test('where there is no GPU the fallback computes, and the reason is told', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  const fallback = reference();
  expect(await gpu({ mode: 'webgl2', fallback })).toBe(fallback);
  expect(warn.mock.calls).toEqual([
    [
      expect.stringMatching(
        /no GPU can be used here: WebGL2 is not there.*\. Computing on reference\.$/,
      ),
    ],
  ]);
  await expect(gpu({ mode: 'webgl' as 'webgl2', fallback })).rejects.toThrow(OptionError);
});

test('float64 cannot be uploaded, and memory of another backend cannot be read', () => {
  const backend = plainBackend();
  expect(() => backend.upload(new Float64Array(1))).toThrow(DTypeError);
  const foreign = whole(reference().upload(new Float32Array(1)));
  expect(() => backend.kernels.cast(foreign, 'int32')).toThrow(UnsupportedError);
});

test('a result with more elements than can be told apart is refused when it is submitted', () => {
  const { kernels, upload } = plainBackend();
  const x = whole(upload(new Float32Array(1)));
  expect(() => kernels.pad(x, [0], [2 ** 24], 0)).toThrow('pad: a result of 16777217 elements');
});

test('ids that a kernel computed are looked at before they are used', async () => {
  const { kernels, upload, read } = plainBackend();
  const x = whole(upload(Float32Array.of(1, 9, 4)));
  const best = kernels.reduce('argmax', x, 0);
  const chosen = kernels.indexSelect(x, { ...whole(best), shape: [1] }, 0);
  expect([...(await read(whole(chosen)))]).toEqual([9]);
  const short = whole(upload(Float32Array.of(5)));
  const wrong = kernels.indexSelect(short, { ...whole(best), shape: [1] }, 0);
  const after = kernels.cast(whole(wrong), 'bool');
  for (const memory of [wrong, after]) {
    await expect(read(whole(memory))).rejects.toThrow(IndexError);
    await expect(read(whole(memory))).rejects.toThrow('indexSelect: id 1 at position 0');
  }
});

test('a write is seen by what is submitted after it, and by nothing before', async () => {
  const { kernels, upload, read } = plainBackend();
  for (const values of [Float32Array.of(1, 2), Int32Array.of(1, 2)]) {
    const x = whole(upload(values));
    const before = kernels.cast(x, 'float32');
    kernels.assign(x, whole(upload(values.map((v) => 10 * v) as typeof values)));
    const after = kernels.cast(x, 'float32');
    expect([...(await read(whole(before)))]).toEqual([1, 2]);
    expect([...(await read(whole(after)))]).toEqual([10, 20]);
  }
});

test('a formula of more inputs than a kernel may read has them brought together', async () => {
  const { kernels, upload, read } = plainBackend();
  const inputs = Array.from({ length: 9 }, (_, i) => whole(upload(Float32Array.of(i, i + 1))));
  const steps = inputs.slice(1).map((_, i) => ({
    op: 'add' as const,
    args: [i === 0 ? 0 : 8 + i, i + 1],
  }));
  const formula = { name: 'sum', arity: 9, steps, outputs: [16] };
  const [sum] = kernels.pointwise(formula, inputs, [2], 'float32');
  expect([...(await read(whole(sum)))]).toEqual([36, 45]);
});
