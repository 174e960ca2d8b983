import {
  type Backend,
  type FusedKernels,
  type Kernels,
  type Memory,
  OptionError,
  reference,
} from '@unroll/backend';
import { makeAttention } from './attention/attention.ts';
import { findLibrary } from './blas/find-library.ts';
import { makeBernoulli } from './kernels/bernoulli.ts';
import { makeCrossEntropy } from './kernels/cross-entropy.ts';
import { makeCtc } from './kernels/ctc.ts';
import { makeIndexAdd } from './kernels/index-add.ts';
import { makeIndexSelect } from './kernels/index-select.ts';
import { makeMatmul } from './kernels/matmul.ts';
import { makeNormalize } from './kernels/normalize.ts';
import { makePointwise } from './kernels/pointwise.ts';
import { makeReduce } from './kernels/reduce.ts';
import { makeSoftmax } from './kernels/softmax.ts';
import { makeSumOfSquares } from './kernels/sum-of-squares.ts';
import { type Asked, coresOf, describeMachine } from './machine/describe.ts';
import type { Machine } from './machine/machine.ts';
import { makeMachine } from './machine/make-machine.ts';
import { detectSimd, type SimdKind } from './machine/simd.ts';
import { type HostMemory, written } from './memory/host-memory.ts';
import { explainProgram } from './recurrence/explain.ts';
import { makeRecurrence } from './recurrence/scan.ts';

export interface WasmOptions {
  /** Most bytes of WebAssembly memory in use: 2 GiB without, at most 4 GiB. */
  readonly memoryLimit?: number;
  /** Which instructions to use; the best that the engine has, without. `plain` gives the same bits on every machine. */
  readonly simd?: SimdKind;
  /**
   * How many threads compute; as many as the machine has cores, without. The others are started in the background when
   * work is large enough for them, or by `ready()`. It is 1 where threads cannot share memory, and on a page's own thread,
   * which may not wait. The bits are the same for any number.
   */
  readonly threads?: number;
  /**
   * Whether large products are computed by OpenBLAS: `true` takes that of the system, a path another library with
   * `cblas_sgemm`, untested; not without. It needs Node and the package `koffi`. The bits are others than those of
   * WebAssembly, and others again on another processor or version of the library.
   */
  readonly blas?: boolean | string;
  /** Where the code of a worker is, for a bundler that does not find it by itself: `@unroll/wasm/worker`. */
  readonly workerUrl?: string | URL;
}

/** A CPU backend that says what it chose. */
export interface WasmBackend extends Backend {
  /** `relaxed`: multiply-add in one instruction; `plain`: two. */
  readonly simd: SimdKind;
  /** How many threads compute when work is large. */
  readonly threads: number;
  /** Which native library computes large products: its name, version and kernels; undefined where none does. */
  readonly blas: string | undefined;
  /** Starts the other threads now; true when they are ready, false when there can be none. */
  ready(): Promise<boolean>;
  /** Bytes of WebAssembly memory that are taken, and how many may be. */
  memory(): { readonly used: number; readonly limit: number };
}

/**
 * The fast CPU backend: WebAssembly SIMD, compiled when it is made. It computes float32; float64 and whole numbers are the
 * reference's. Tensors are ordinary typed arrays, and kernels copy what they compute with; parameters, their gradients and
 * what optimizers keep of them stay in the machine's memory where several threads share it.
 *
 * @throws UnsupportedError where the engine has no WebAssembly SIMD, or where blas was asked for and there is no Node, no
 * koffi or no OpenBLAS; OptionError for a memoryLimit out of range, threads that are no whole number, or a path in blas
 * that is no such library
 *
 * @example
 * const backend = wasm();
 * const x = backend.upload(new Float32Array([1, 2]));
 */
export function wasm({ simd, threads, blas, ...options }: WasmOptions = {}): WasmBackend {
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    throw new OptionError('wasm', `threads must be a whole number from 1; got ${threads}`);
  }
  const machine = makeMachine({
    ...options,
    simd: simd ?? detectSimd(),
    library: blas === undefined || blas === false ? undefined : findLibrary(blas),
    threads: threads ?? coresOf(),
  });
  const asked = { simd, threads, memoryLimit: options.memoryLimit };
  return backendOn(machine, asked);
}

/** The backend of a machine, and what was asked of it. */
export function backendOn(machine: Machine, asked: Asked = {}): WasmBackend {
  const host = reference();
  const hostFused = host.fused as FusedKernels;
  const { residents, results } = machine;
  const assign: Kernels['assign'] = (target, source) => {
    (target.memory as HostMemory).leave?.();
    host.kernels.assign(target, source);
    written(target);
    machine.residents.welcome(target.memory as HostMemory);
  };
  const lenderOf = (memory: Memory) =>
    results.isResult(memory as HostMemory) ? results : residents;
  const { pointwise, update } = makePointwise(machine, { ...host.kernels, ...hostFused });
  const { release, ...recurrence } = makeRecurrence(machine, host.kernels);
  return {
    ...host,
    name: 'wasm',
    simd: machine.simd,
    threads: machine.team.threads,
    blas: machine.blas?.name,
    ready: () => machine.team.ready(),
    memory: () => ({ used: machine.heap.used, limit: machine.heap.limit }),
    release,
    lending: {
      isLent: (memory) => (memory as HostMemory).isLent === true,
      lend: (memory) => results.lend(memory as HostMemory),
      keep: (memory) => lenderOf(memory).keep(memory as HostMemory),
      giveBack: (memory) => lenderOf(memory).giveBack(memory as HostMemory),
    },
    describe: () => describeMachine(machine, asked),
    explain: explainProgram,
    trace: (sink) => {
      machine.trace.sink = sink;
    },
    upload: (values) => Object.assign(host.upload(values), { version: 0 }),
    kernels: {
      ...host.kernels,
      assign,
      pointwise,
      indexSelect: makeIndexSelect(host.kernels.indexSelect),
      indexAdd: makeIndexAdd(host.kernels.indexAdd),
      reduce: makeReduce(machine, host.kernels.reduce),
      matmul: makeMatmul(machine, host.kernels.matmul),
      ...recurrence,
    },
    fused: {
      update,
      bernoulli: makeBernoulli(machine, hostFused.bernoulli),
      sumOfSquares: makeSumOfSquares(machine, hostFused.sumOfSquares),
      softmax: makeSoftmax(machine, 'softmax', hostFused.softmax),
      logSoftmax: makeSoftmax(machine, 'logSoftmax', hostFused.logSoftmax),
      ...makeCrossEntropy(machine, hostFused),
      ...makeNormalize(machine, hostFused),
      ...makeAttention(machine, hostFused),
      ctcLoss: makeCtc(machine, hostFused),
      crfLoss: hostFused.crfLoss,
    },
  };
}
