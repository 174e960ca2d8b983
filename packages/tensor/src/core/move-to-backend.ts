import { allocate, type Backend, DeviceLostError, type TypedArray } from '@unroll/backend';
import type { Storage } from './storage.ts';
import type { Tensor } from './tensor.ts';

export interface MoveOptions {
  /**
   * What becomes of values that are gone because their device was lost: by default nothing is moved and reading them is
   * the error; with `'zeros'` there are zeros in their place, for a checkpoint to be loaded into.
   */
  ifLost?: 'zeros';
}

/**
 * Moves tensors to another backend, with all that shares their memory: the parameters of a model stay the same objects,
 * so that optimizers know them still. What the backend has no dtype for (float64 on a GPU) stays where it is. A backward
 * pass through what was computed before the move fails.
 *
 * @param ifLost what becomes of values whose device was lost; default: reading them is the error
 * @throws DeviceLostError where values are gone; nothing was moved then
 * @example
 * const weight = parameter(tensor([1, 2]));
 * await moveToBackend(reference(), [weight]);
 * console.log(weight.dataSync()); // Float32Array [1, 2]
 */
export async function moveToBackend(
  backend: Backend,
  tensors: Iterable<Tensor>,
  { ifLost }: MoveOptions = {},
): Promise<void> {
  const all = new Set(Array.from(tensors, ({ storage }) => storage));
  const moving = [...all].filter((storage) => canMove(storage, backend));
  const values: TypedArray[] = [];
  for (const storage of moving) values.push(await valuesOf(storage, ifLost === 'zeros'));
  moving.forEach((storage, i) => {
    // To a backward pass it is a write.
    const version = storage.version + 1;
    const memory = backend.upload(values[i]);
    storage.exchange({ backend, memory, version, writer: 'moveToBackend' });
  });
}

function canMove({ backend: from, memory }: Storage, to: Backend): boolean {
  return from !== to && memory.dtype !== 'float64' && to.dtypes.includes(memory.dtype);
}

async function valuesOf(
  { backend, memory, operand }: Storage,
  orZeros: boolean,
): Promise<TypedArray> {
  try {
    return await backend.read(operand);
  } catch (error) {
    if (orZeros && error instanceof DeviceLostError) return allocate(memory.dtype, memory.length);
    throw error;
  }
}
