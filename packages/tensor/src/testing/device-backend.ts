import { type Backend, type Memory, reference, type TypedArray } from '@unroll/backend';
import { intercepted } from '../profile/intercepted.ts';

/** The reference's memory, which can be looked into. */
type HostMemory = Memory & { readonly values: TypedArray };

/** A device that is easily looked into. */
export interface DeviceBackend extends Backend {
  /** How many results of kernels with at least so many elements were not freed. */
  alive(elements: number): number;
}

/**
 * The reference as if it were a device: its memory is freed at release points, and has other values afterwards. It can be
 * read at once, which no GPU can, so that a test sees what was freed when.
 */
export function deviceBackend(): DeviceBackend {
  const backend = reference();
  const computed = new Set<Memory>();
  const note = (result: unknown): void => {
    if (typeof result !== 'object' || result === null) return;
    if (isMemory(result)) computed.add(result);
    // What a scan has saved is not memory of anybody.
    else for (const [name, part] of Object.entries(result)) if (name !== 'saved') note(part);
  };
  const noted = (_: string, __: readonly unknown[], run: () => unknown) => {
    const result = run();
    note(result);
    return result;
  };
  return {
    ...backend,
    name: 'device',
    dtypes: ['float32', 'int32', 'bool'],
    kernels: intercepted(backend.kernels, noted),
    fused: intercepted(backend.fused, noted),
    freeing: {
      isOnHost: (memory) => !computed.has(memory),
      stay: () => {},
      free(memory) {
        if (computed.delete(memory)) (memory as HostMemory).values.fill(Number.NaN);
      },
    },
    alive: (elements) => [...computed].filter(({ length }) => length >= elements).length,
  };
}

function isMemory(x: object): x is HostMemory {
  return 'values' in x && 'dtype' in x;
}
