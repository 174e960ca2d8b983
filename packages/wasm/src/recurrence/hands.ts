import type { Blas } from '../blas/blas.ts';
import type { TileShape } from '../kernels/tile.ts';
import type { WasmFunctions } from '../machine/machine.ts';
import type { Tracing } from './tracing.ts';

/** What a thread computes with: functions over the memory, and that memory. */
export interface Hands {
  readonly functions: WasmFunctions;
  /** The compiled stages of the job. */
  readonly stages: WasmFunctions;
  /** The largest tile of a product. */
  readonly tile: TileShape;
  /** Computes native products, where a library was asked for. */
  readonly blas: Blas | undefined;
  /** All of the memory; growing replaces it. */
  readonly floats: () => Float32Array;
  /** Throws when the step has been given up. */
  readonly check: () => void;
  /** Is told of each instruction, while a profile runs. */
  readonly tracing?: Tracing | undefined;
}
