import type { WasmFunctions } from '../machine/machine.ts';

/** What a thread computes with: functions over the memory, and that memory. */
export interface Hands {
  readonly functions: WasmFunctions;
  /** The compiled stages of the job. */
  readonly stages: WasmFunctions;
  /** Rows of a product's tile. */
  readonly tileRows: number;
  /** All of the memory; growing replaces it. */
  readonly floats: () => Float32Array;
  /** Throws when the step has been given up. */
  readonly check: () => void;
}
