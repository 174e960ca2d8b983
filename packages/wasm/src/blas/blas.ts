import type { SimdKind } from '../machine/simd.ts';
import type { Library } from './library.ts';

/** Matrix products of the machine's own BLAS, over one WebAssembly memory. */
export interface Blas {
  /** Which library it is, for people. */
  readonly name: string;
  /** Where it was loaded from, so that other threads load the same. */
  readonly path: string;
  /** Whether a product is large enough. */
  isWorthACall(m: number, n: number, k: number): boolean;
  /**
   * C `[m, n]` = op(A) · op(B) + beta · C, row-major, without a copy. op(A) is `[m, k]`; a transposed operand lies in
   * memory as the transpose of what it stands for. Addresses are bytes, strides from row to row are floats.
   *
   * @throws RangeError where an operand does not lie inside the memory: native code would write beyond it
   */
  gemm(
    transposeA: boolean,
    transposeB: boolean,
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    b: number,
    ldb: number,
    beta: number,
    c: number,
    ldc: number,
  ): void;
}

/** From where on a product is worth a call. */
export interface CallFrom {
  readonly rows: number;
  readonly multiplications: number;
}

/**
 * Where the library begins to be faster than WebAssembly with these instructions. It packs both sides at each call, which
 * few rows do not repay: against vectors of 256 bits, which are nearly as fast as its own, later than against narrow ones.
 */
export function measuredFrom(simd: SimdKind): CallFrom {
  return { rows: simd === 'wide' ? 64 : 8, multiplications: 2 ** 15 };
}

/** The constants of CBLAS. */
const ROW_MAJOR = 101;
const AS_IT_IS = 111;
const TRANSPOSED = 112;

/** A library that computes inside a memory. */
export function blasOver(
  library: Library,
  memory: WebAssembly.Memory,
  from: CallFrom = measuredFrom('plain'),
): Blas {
  const { name, path, sgemm } = library;
  let known: ArrayBufferLike | undefined;
  let start = 0;
  let bytes = 0;
  /** Growing may move what is not shared, so its place is looked up again. */
  const look = (): void => {
    if (known === memory.buffer) return;
    known = memory.buffer;
    start = library.addressOf(known);
    bytes = known.byteLength;
  };
  const place = (address: number, stride: number, rows: number, columns: number): number => {
    const end = address + 4 * ((rows - 1) * stride + columns);
    if (address >= 0 && columns <= stride && end <= bytes) return start + address;
    throw new RangeError(
      `gemm: ${rows} × ${columns} floats at ${address}, ${stride} from row to row, do not lie in ${bytes} bytes`,
    );
  };
  return {
    name,
    path,
    isWorthACall: (m, n, k) => m >= from.rows && m * n * k >= from.multiplications,
    gemm(transposeA, transposeB, m, n, k, a, lda, b, ldb, beta, c, ldc) {
      if (m * n === 0) return;
      look();
      sgemm(
        ROW_MAJOR,
        transposeA ? TRANSPOSED : AS_IT_IS,
        transposeB ? TRANSPOSED : AS_IT_IS,
        m,
        n,
        k,
        1,
        transposeA ? place(a, lda, k, m) : place(a, lda, m, k),
        lda,
        transposeB ? place(b, ldb, n, k) : place(b, ldb, k, n),
        ldb,
        beta,
        place(c, ldc, m, n),
        ldc,
      );
    },
  };
}
