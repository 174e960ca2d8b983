import { UnrollError } from '@unroll/backend';

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** What did not fit, and what there is. */
export interface MemoryRequest {
  readonly bytes: number;
  readonly used: number;
  readonly limit: number;
}

/** WebAssembly memory that was asked for and cannot be had; all that was lent before is still there. */
export class MemoryError extends UnrollError {
  constructor({ bytes, used, limit }: MemoryRequest, cause?: unknown) {
    const reason =
      cause === undefined ? 'memoryLimit is reached' : 'the engine refuses to grow the memory';
    super(
      'wasm',
      `${reason}: ${megabytes(bytes)} asked for, ${megabytes(used)} of ${megabytes(limit)} in use. ` +
        'Use a smaller batch or shorter windows, or a larger memoryLimit (at most 4 GiB).',
      { bytes, used, limit },
      cause,
    );
  }
}
