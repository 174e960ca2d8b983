import { type Backend, type DType, reference, UnsupportedError } from '@unroll/backend';
import { wasm } from '@unroll/wasm';
import { Auto } from '../auto/auto.ts';

/** Under this registered symbol a tensor carries its engine, so that a second copy of the package is noticed. */
export const engineSymbol: unique symbol = Symbol.for('unroll.engine') as never;

/** Which copy of the engine this is: where it was loaded from. */
export const engine = { version: '0.0.0', url: import.meta.url } as const;

let chosen: Backend | undefined;
/** What `auto` made, where it was chosen; then `chosen` is its CPU. */
let automatic: Auto | undefined;
let checking: Backend | undefined;
/** What is chosen where nobody asks for another, and why. */
let standard: { readonly backend: Backend; readonly why: string } | undefined;
/** Where tensors may lie: what was ever chosen, as long as anyone has it. */
let known: WeakRef<Backend>[] = [];
let watcher: ((backend: Backend) => void) | undefined;

/**
 * The backend that new float32, int32 and bool tensors live on: `wasm()` unless `useBackend` was called, or the reference
 * on an engine without WebAssembly SIMD.
 */
export function currentBackend(): Backend {
  if (chosen) return chosen;
  standard ??= fastest();
  chosen = enter(standard.backend);
  return chosen;
}

/**
 * Makes `choice` the backend that new tensors live on; undefined brings back the one that nobody has to choose. Tensors
 * that exist stay where they are. With `auto(…)` new tensors live on the CPU, and each run is measured.
 *
 * @returns what was in use before; undefined where none had been needed yet, and then none was made
 * @example
 * const before = useBackend(reference());
 * useBackend(before);
 */
export function useBackend(choice: Backend | Auto | undefined): Backend | Auto | undefined {
  const before = automatic ?? chosen;
  automatic = choice instanceof Auto ? choice : undefined;
  const backend = choice instanceof Auto ? choice.cpu : choice;
  chosen = backend && enter(backend);
  return before;
}

/** What `auto` made and `useBackend` was called with, or undefined. */
export function currentAuto(): Auto | undefined {
  return automatic;
}

/**
 * Runs a synchronous function with another current backend. Between its own calls a run thus leaves to everybody else
 * what they have chosen.
 */
export function computeOn<T>(backend: Backend, fn: () => T): T {
  const before = { chosen, automatic };
  chosen = enter(backend);
  automatic = undefined;
  try {
    return fn();
  } finally {
    ({ chosen, automatic } = before);
  }
}

/** Where tensors of a dtype live: float64 is for checks and always on the reference. */
export function backendFor(dtype: DType): Backend {
  const current = currentBackend();
  return dtype !== 'float64' && current.dtypes.includes(dtype) ? current : referenceBackend();
}

/** WebAssembly where the engine has its SIMD instructions, plain TypeScript where it has not. */
function fastest(): { backend: Backend; why: string } {
  try {
    return { backend: wasm(), why: 'the fastest that this engine can run' };
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return { backend: referenceBackend(), why: error.message };
  }
}

function referenceBackend(): Backend {
  checking ??= enter(reference());
  return checking;
}

/** Why the current backend is the current one. */
export function reasonForBackend(): string {
  const current = currentBackend();
  if (automatic) return 'useBackend(auto()): runs are measured, all else is computed here';
  return current === standard?.backend ? standard.why : 'useBackend() was called with it';
}

/** Calls `watch` with each backend on which tensors may lie, and those that are chosen later; undefined ends it. */
export function watchBackends(watch: ((backend: Backend) => void) | undefined): void {
  watcher = watch;
  if (watch) for (const backend of living()) watch(backend);
}

function enter(backend: Backend): Backend {
  const others = living();
  if (others.includes(backend)) return backend;
  known = [...others, backend].map((one) => new WeakRef(one));
  watcher?.(backend);
  return backend;
}

function living(): Backend[] {
  return known.flatMap((one) => one.deref() ?? []);
}
