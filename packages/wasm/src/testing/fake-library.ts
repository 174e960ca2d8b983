import type { Library } from '../blas/library.ts';

/** What stands for the first byte of the memory in a fake library's addresses. */
const START = 2 ** 40;

/** `cblas_sgemm` in plain TypeScript over the buffer that was last asked for, for machines without a BLAS. */
export function fakeLibrary(): Library & { calls: number } {
  let memory: ArrayBufferLike;
  const library: Library & { calls: number } = {
    name: 'fake',
    path: 'fake',
    calls: 0,
    addressOf: (buffer) => {
      memory = buffer;
      return START;
    },
    sgemm: (order, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
      if (order !== 101) throw new Error('column-major is not what was agreed on');
      library.calls += 1;
      const floats = new Float32Array(memory);
      const at = (start: number, stride: number, transposed: number, row: number, column: number) =>
        (start - START) / 4 + (transposed === 112 ? column * stride + row : row * stride + column);
      for (let row = 0; row < m; row++) {
        for (let column = 0; column < n; column++) {
          let sum = 0;
          for (let i = 0; i < k; i++) {
            sum +=
              floats[at(a, lda, transposeA, row, i)] * floats[at(b, ldb, transposeB, i, column)];
          }
          const place = at(c, ldc, 111, row, column);
          // As BLAS has it: with beta 0 what was there is not read, be it NaN.
          floats[place] = alpha * sum + (beta === 0 ? 0 : beta * floats[place]);
        }
      }
    },
  };
  return library;
}
