import type { FunctionBuilder } from '../assembly/function.ts';
import { encodeModule } from '../assembly/module.ts';
import { blasOver, type CallFrom, measuredFrom } from '../blas/blas.ts';
import type { Library } from '../blas/library.ts';
import { Heap } from '../memory/heap.ts';
import { Leases } from '../memory/leases.ts';
import { PackedWeights } from '../memory/packed-weights.ts';
import { Residents } from '../memory/residents.ts';
import { Results } from '../memory/results.ts';
import { SmallArrays } from '../memory/small-arrays.ts';
import { Workspace } from '../memory/workspace.ts';
import { canShare } from '../threads/spawn.ts';
import { Team, type TeamOptions } from '../threads/team.ts';
import { compileModule } from './compile.ts';
import { kernelFunctions } from './kernel-functions.ts';
import type { Instantiated, Machine, Thresholds, WasmFunctions } from './machine.ts';
import { type SimdKind, simdOf } from './simd.ts';
import { Trace } from './trace.ts';

export interface MachineOptions
  extends Partial<Pick<TeamOptions, 'threads' | 'workerUrl' | 'shareFrom' | 'patience'>> {
  readonly simd: SimdKind;
  /** Most bytes of WebAssembly memory in use. */
  readonly memoryLimit?: number;
  /** A BLAS for products that are large enough; none without. */
  readonly library?: Library;
  /** From where on it is called; the measured sizes without. */
  readonly callFrom?: CallFrom;
  /** From where on it is used; the measured ones without. */
  readonly thresholds?: Thresholds;
}

const measured: Thresholds = { pointwise: 64, reduce: 256, matmul: 200 };

/** Share of the memory limit that packed weights may take. */
const PACKED_SHARE = 1 / 4;
/** Share that parameters and what optimizers keep of them may take. */
const RESIDENT_SHARE = 1 / 2;
/** Share that results of kernels may take before the oldest move out. */
const RESULT_SHARE = 1 / 16;

/** A memory of its own, and the kernels over it. */
export function makeMachine({
  simd: kind,
  memoryLimit,
  library,
  callFrom = measuredFrom(kind),
  thresholds = measured,
  threads = 1,
  ...team
}: MachineOptions): Machine {
  const simd = simdOf(kind);
  const shared = threads > 1 && canShare();
  const heap = heapFor(shared, memoryLimit);
  const workspace = new Workspace(heap);
  const instantiate = (functions: readonly FunctionBuilder[]): Instantiated => {
    const code = encodeModule(functions, { shared: heap.shared });
    const module = compileModule(code, simd.kind === 'wide');
    const { exports } = new WebAssembly.Instance(module, { env: { memory: heap.memory } });
    return { code, module, functions: exports as WasmFunctions };
  };
  const { module: kernels, functions } = instantiate(kernelFunctions(simd));
  const { tile } = simd;
  return {
    simd: simd.kind,
    madd: simd.madd,
    tile,
    thresholds,
    heap,
    workspace,
    leases: new Leases(heap),
    packed: new PackedWeights(heap, workspace, heap.limit * PACKED_SHARE),
    residents: new Residents(heap, heap.limit * RESIDENT_SHARE),
    results: new Results(heap, workspace, heap.limit * RESULT_SHARE),
    arrays: new SmallArrays(),
    functions,
    blas: library && blasOver(library, heap.memory, callFrom),
    team: new Team(heap, {
      ...team,
      threads: heap.shared ? threads : 1,
      kernels,
      tile,
      library: library?.path,
    }),
    trace: new Trace(),
    instantiate,
  };
}

/** Shared between threads where that is wanted and the engine has room for it. */
function heapFor(shared: boolean, memoryLimit: number | undefined): Heap {
  try {
    return new Heap({ memoryLimit, shared });
  } catch (error) {
    if (!(shared && error instanceof RangeError)) throw error;
    return new Heap({ memoryLimit });
  }
}
