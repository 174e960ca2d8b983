import type { Blas } from '../blas/blas.ts';
import type { TileShape } from '../kernels/tile.ts';
import type { WasmFunctions } from '../machine/machine.ts';
import type { Instruction, JobSum } from './job.ts';

/** Is told of each instruction while a profile runs. */
export interface Watch {
  /** Runs an instruction or a sum over so many rows. */
  measure(what: Instruction | JobSum, rows: number, run: () => void): void;
}

/** What a thread computes with: functions over the memory, and that memory. */
export interface Hands {
  readonly functions: WasmFunctions;
  /** The compiled stages of the job. */
  readonly stages: WasmFunctions;
  /** The largest tile of a product. */
  readonly tile: TileShape;
  /** Computes native products, where a library was asked for. */
  readonly blas: Blas | undefined;
  /** Throws when the step has been given up. */
  readonly check: () => void;
  readonly watch?: Watch | undefined;
}
