import {
  type Backend,
  DeviceLostError,
  type Memory,
  type Operand,
  OutOfMemoryError,
  reference,
  sizeOf,
  type TypedArray,
} from '@unroll/backend';

/** A device in a test's hands. */
export interface Fragile extends Backend {
  /** From now on nothing on it can be read. */
  lose(): void;
  /** From now on it has no room for anything. */
  fill(): void;
}

/**
 * The reference as if on a device: read asynchronously, and gone when the test wants it; what was uploaded is known to the
 * host. `devices` has all in turn.
 */
export function fragile(devices: Fragile[] = []): Fragile {
  const { readSync: _, ...backend } = reference();
  const uploaded = new WeakMap<Memory, TypedArray>();
  let failure: Error | undefined;
  const device: Fragile = {
    ...backend,
    name: 'fragile',
    upload(values) {
      const memory = backend.upload(values);
      uploaded.set(memory, values.slice());
      return memory;
    },
    async read(x) {
      const known = device.valuesOnHost?.(x);
      if (known) return known;
      if (failure) throw failure;
      return backend.read(x);
    },
    valuesOnHost: ({ memory, offset, shape }: Operand) =>
      uploaded.get(memory)?.slice(offset, offset + sizeOf(shape)),
    kernels: {
      ...backend.kernels,
      assign(target, source) {
        uploaded.delete(target.memory);
        backend.kernels.assign(target, source);
      },
    },
    fused: {},
    renew: async () => fragile(devices),
    lose() {
      failure = new DeviceLostError('read', 'it was pulled out.', { loss: 'pulled out' });
    },
    fill() {
      failure = new OutOfMemoryError('read', 'there is no room.', { asked: 8, alive: 4 });
    },
  };
  devices.push(device);
  return device;
}
