import type { Backend } from '@unroll/backend';
import {
  type DType,
  type Memory,
  NumericError,
  type Shape,
  UnsupportedError,
} from '@unroll/backend';
import { Storage } from '../core/storage.ts';
import { type Backward, Tensor } from '../core/tensor.ts';
import { label, withLabel } from './label.ts';
import { isAnomalyEnabled, isGradEnabled } from './mode.ts';

let nodes = 0;

/** A new tensor around memory that a kernel gave. */
export function wrap(
  backend: Backend,
  memory: Memory,
  shape: Shape,
  dtype: DType = memory.dtype,
): Tensor {
  return new Tensor(new Storage(backend, memory), 0, shape, dtype);
}

/** A tensor that shares the memory of `x`: another shape, or a window that starts further in. */
export function view(x: Tensor, shape: Shape, offset = x.offset): Tensor {
  return new Tensor(x.storage, offset, shape, x.dtype);
}

/** Whether an operation on these inputs goes on the tape. */
export function records(inputs: readonly Tensor[]): boolean {
  return isGradEnabled() && inputs.some((x) => x.requiresGrad);
}

/**
 * Puts an operation on the tape, if any input wants a gradient, and gives its outputs back. `saved` lists what
 * `backward` reads, so that an overwritten value is noticed; `release` gives back what else was kept, after the last
 * backward pass.
 */
export function record<T extends Tensor | readonly Tensor[]>(
  name: string,
  inputs: readonly Tensor[],
  outputs: T,
  backward: Backward,
  saved: readonly Tensor[] = [],
  release?: () => void,
): T {
  const made: readonly Tensor[] =
    outputs instanceof Tensor ? [outputs] : (outputs as readonly Tensor[]);
  if (isAnomalyEnabled()) findAnomaly(withLabel(name), inputs, made);
  if (!records(inputs)) return outputs;
  const node = {
    name: withLabel(name),
    place: label(),
    id: nodes++,
    inputs,
    outputs: made.length,
    backward,
    saved: saved.map((tensor) => ({ tensor, version: tensor.storage.version })),
    hooks: undefined,
    made: memoryOf(made, inputs),
    release,
  };
  for (const [index, output] of made.entries()) {
    if (output.dtype !== 'float32' && output.dtype !== 'float64') continue;
    output.node = node;
    output.outputIndex = index;
  }
  return outputs;
}

const none: readonly Storage[] = [];

/** What outputs take on a device, apart from what they share with the inputs. */
function memoryOf(outputs: readonly Tensor[], inputs: readonly Tensor[]): readonly Storage[] {
  if (!outputs[0]?.storage.backend.freeing) return none;
  return outputs
    .map(({ storage }) => storage)
    .filter((storage) => !inputs.some((x) => x.storage === storage));
}

/** Throws when a result has a NaN that no input had. */
export function findAnomaly(
  name: string,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
): void {
  if (!outputs.some(hasNaN) || inputs.some(hasNaN)) return;
  throw new NumericError(
    name,
    `made NaN out of numbers; its inputs are ${inputs.map(describe).join(', ')}`,
    {
      shapes: inputs.map((x) => x.shape),
    },
  );
}

export function hasNaN(x: Tensor): boolean {
  if (x.dtype === 'int32' || x.dtype === 'bool') return false;
  if (!x.storage.backend.readSync) {
    throw new UnsupportedError('detectAnomaly', `${x.storage.backend.name} cannot read at once`);
  }
  return x.dataSync().some(Number.isNaN);
}

function describe(x: Tensor): string {
  const values = x.dataSync();
  let low = Infinity;
  let high = -Infinity;
  for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return `${x.dtype} [${x.shape.join(', ')}] from ${low} to ${high}`;
}
