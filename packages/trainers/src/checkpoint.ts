import { FileError, type TypedArray } from '@unroll/backend';
import { type Tensor, type TensorOptions, tensor } from '@unroll/tensor';
import { pack, unpack } from './pack.ts';

/** A run at one moment, ready for a file: plain JSON, and tensors under names. */
export interface Checkpoint {
  /** Training steps done. */
  readonly step: number;
  readonly json: string;
  readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Where checkpoints are kept. */
export interface CheckpointStore {
  /** Where that is, for messages. */
  readonly place: string;
  /** Keeps a checkpoint whole or not at all; until it is whole, the one before stays. The tensors may change afterwards. */
  save(checkpoint: Checkpoint): Promise<void>;
  /** The latest one, or undefined when there is none. */
  load(): Promise<Checkpoint | undefined>;
}

/** The version of what a checkpoint holds. */
const format = 1;

/** A checkpoint of a tree of plain data and tensors. */
export function toCheckpoint(step: number, state: object): Checkpoint {
  const { data, tensors } = pack(state);
  return { step, json: `${JSON.stringify({ format, step, state: data })}\n`, tensors };
}

/** The tree that {@link toCheckpoint} was given. @throws FileError when it is broken or another version's */
export function fromCheckpoint(place: string, { json, tensors }: Checkpoint): unknown {
  try {
    const saved = JSON.parse(json) as { format?: unknown; state?: unknown };
    if (saved.format === format) return unpack(saved.state, tensors);
    fail(place, `has format ${String(saved.format)}; this version reads ${format}`);
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    fail(place, `is broken: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function fail(place: string, words: string, cause?: unknown): never {
  throw new FileError('resume', `the checkpoint in ${place} ${words}`, { place }, cause);
}

/**
 * Keeps the latest checkpoint in memory: to go on after an abort in the same process or page, or after a device that was
 * lost, where it is not kept.
 *
 * @example
 * const checkpoint = { to: memoryCheckpoints() };
 */
export function memoryCheckpoints(): CheckpointStore {
  let latest: (Omit<Checkpoint, 'tensors'> & { readonly values: HostValues }) | undefined;
  return {
    place: 'memory',
    async save({ step, json, tensors }) {
      latest = { step, json, values: await toHost(tensors) };
    },
    async load() {
      if (!latest) return undefined;
      const { values, ...rest } = latest;
      return { ...rest, tensors: fromHost(values) };
    },
  };
}

/** The same values in memory of their own, which training does not write. */
export async function copies(
  tensors: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  return fromHost(await toHost(tensors));
}

/** Tensors as they are without a device, by name. */
type HostValues = ReadonlyMap<string, { readonly values: TypedArray } & TensorOptions>;

async function toHost(tensors: Readonly<Record<string, Tensor>>): Promise<HostValues> {
  const host = new Map<string, { values: TypedArray } & TensorOptions>();
  for (const [name, x] of Object.entries(tensors)) {
    host.set(name, { values: await x.data(), shape: x.shape, dtype: x.dtype });
  }
  return host;
}

function fromHost(host: HostValues): Record<string, Tensor> {
  return Object.fromEntries(
    Array.from(host, ([name, { values, ...options }]) => [name, tensor(values, options)]),
  );
}
