import type { FunctionBuilder } from '../assembly/function.ts';
import type { Blas } from '../blas/blas.ts';
import type { MultiplyAdd, TileShape } from '../kernels/tile.ts';
import type { Heap } from '../memory/heap.ts';
import type { Leases } from '../memory/leases.ts';
import type { PackedWeights } from '../memory/packed-weights.ts';
import type { Residents } from '../memory/residents.ts';
import type { Results } from '../memory/results.ts';
import type { SmallArrays } from '../memory/small-arrays.ts';
import type { Workspace } from '../memory/workspace.ts';
import type { Team } from '../threads/team.ts';
import type { SimdKind } from './simd.ts';
import type { Trace } from './trace.ts';

export type WasmFunctions = Readonly<Record<string, (...args: number[]) => void>>;

/** Functions over a memory, and the binary that they were made from. */
export interface Instantiated {
  readonly module: WebAssembly.Module;
  readonly functions: WasmFunctions;
  readonly code: Uint8Array<ArrayBuffer>;
}

/** Sizes below which the reference is as fast as the way to the machine's memory and back. */
export interface Thresholds {
  /** Elements of a result. */
  readonly pointwise: number;
  /** Elements of an operand. */
  readonly reduce: number;
  /** Multiplications. */
  readonly matmul: number;
}

/** What runs compiled code: one memory, who has which part of it, and the functions over it. */
export interface Machine {
  readonly simd: SimdKind;
  readonly madd: MultiplyAdd;
  /** The largest tile of a product. */
  readonly tile: TileShape;
  readonly thresholds: Thresholds;
  readonly heap: Heap;
  readonly leases: Leases;
  readonly workspace: Workspace;
  readonly packed: PackedWeights;
  readonly residents: Residents;
  readonly results: Results;
  readonly arrays: SmallArrays;
  /** The kernels that every machine has. */
  readonly functions: WasmFunctions;
  /** Products by native code, where it was asked for. */
  readonly blas: Blas | undefined;
  /** The threads that compute. */
  readonly team: Team;
  /** Tells a profile what recurrences spend their time on. */
  readonly trace: Trace;
  /** Compiles further functions over the same memory. */
  instantiate(functions: readonly FunctionBuilder[]): Instantiated;
}
