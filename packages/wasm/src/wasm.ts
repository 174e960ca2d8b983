import { type Backend, type Kernels, reference } from '@unroll/backend';
import { makeMatmul } from './kernels/matmul.ts';
import { makePointwise } from './kernels/pointwise.ts';
import { makeReduce } from './kernels/reduce.ts';
import { makeSoftmax } from './kernels/softmax.ts';
import type { Machine } from './machine/machine.ts';
import { makeMachine } from './machine/make-machine.ts';
import { detectSimd, type SimdKind } from './machine/simd.ts';
import type { HostMemory } from './memory/host-memory.ts';
import { makeRecurrence } from './recurrence/scan.ts';

export interface WasmOptions {
  /** Most bytes of WebAssembly memory in use: 2 GiB without, at most 4 GiB. */
  readonly memoryLimit?: number;
  /** Which instructions to use; the best that the engine has, without. `plain` gives the same bits on every machine. */
  readonly simd?: SimdKind;
}

/** A CPU backend that says what it chose. */
export interface WasmBackend extends Backend {
  /** `relaxed`: multiply-add in one instruction; `plain`: two. */
  readonly simd: SimdKind;
  /** Bytes of WebAssembly memory that are taken, and how many may be. */
  memory(): { readonly used: number; readonly limit: number };
}

/**
 * The fast CPU backend: WebAssembly SIMD, compiled when it is made. It computes float32; float64 and whole numbers are the
 * reference's. Tensors live in ordinary typed arrays; kernels copy what they compute with.
 *
 * @throws UnsupportedError where the engine has no WebAssembly SIMD; OptionError for a memoryLimit out of range
 *
 * @example
 * const backend = wasm();
 * const x = backend.upload(new Float32Array([1, 2]));
 */
export function wasm({ memoryLimit, simd = detectSimd() }: WasmOptions = {}): WasmBackend {
  return backendOn(makeMachine({ simd, memoryLimit }));
}

/** The backend of a machine. */
export function backendOn(machine: Machine): WasmBackend {
  const host = reference();
  const assign: Kernels['assign'] = (target, source) => {
    host.kernels.assign(target, source);
    const memory = target.memory as HostMemory;
    memory.version = (memory.version ?? 0) + 1;
  };
  const { release, ...recurrence } = makeRecurrence(machine, host.kernels);
  return {
    ...host,
    name: 'wasm',
    simd: machine.simd,
    memory: () => ({ used: machine.heap.used, limit: machine.heap.limit }),
    release,
    upload: (values) => Object.assign(host.upload(values), { version: 0 }),
    kernels: {
      ...host.kernels,
      assign,
      pointwise: makePointwise(machine, host.kernels.pointwise),
      reduce: makeReduce(machine, host.kernels.reduce),
      matmul: makeMatmul(machine, host.kernels.matmul),
      ...recurrence,
    },
    fused: {
      softmax: makeSoftmax(machine, 'softmax', host.fused.softmax!),
      logSoftmax: makeSoftmax(machine, 'logSoftmax', host.fused.logSoftmax!),
    },
  };
}
