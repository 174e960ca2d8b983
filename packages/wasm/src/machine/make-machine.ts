import type { FunctionBuilder } from '../assembly/function.ts';
import { encodeModule } from '../assembly/module.ts';
import { Heap } from '../memory/heap.ts';
import { Leases } from '../memory/leases.ts';
import { PackedWeights } from '../memory/packed-weights.ts';
import { Workspace } from '../memory/workspace.ts';
import { kernelFunctions } from './kernel-functions.ts';
import type { Machine, Thresholds, WasmFunctions } from './machine.ts';
import { type SimdKind, simdOf } from './simd.ts';

export interface MachineOptions {
  readonly simd: SimdKind;
  /** Most bytes of WebAssembly memory in use. */
  readonly memoryLimit?: number;
  /** From where on it is used; the measured ones without. */
  readonly thresholds?: Thresholds;
}

const measured: Thresholds = { pointwise: 64, reduce: 256, matmul: 200 };

/** Share of the memory limit that packed weights may take. */
const PACKED_SHARE = 1 / 4;

/** A memory of its own, and the kernels over it. */
export function makeMachine({
  simd: kind,
  memoryLimit,
  thresholds = measured,
}: MachineOptions): Machine {
  const simd = simdOf(kind);
  const heap = new Heap({ memoryLimit });
  const workspace = new Workspace(heap);
  const instantiate = (functions: readonly FunctionBuilder[]): WasmFunctions => {
    const module = new WebAssembly.Module(encodeModule(functions, { shared: false }));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: heap.memory } });
    return exports as WasmFunctions;
  };
  return {
    simd: simd.kind,
    madd: simd.madd,
    tileRows: simd.tileRows,
    thresholds,
    heap,
    workspace,
    leases: new Leases(heap),
    packed: new PackedWeights(heap, workspace, heap.limit * PACKED_SHARE),
    functions: instantiate(kernelFunctions(simd)),
    instantiate,
  };
}
