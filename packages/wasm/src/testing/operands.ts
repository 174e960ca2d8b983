import { type Backend, type Operand, type Shape, sizeOf, type TypedArray } from '@unroll/backend';
import { valuesOf } from '../memory/host-memory.ts';

/** Makes operands of a backend, filled with numbers from −1 to 1: the same ones in every run. */
export function operandsOf(backend: Pick<Backend, 'upload'>) {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  /** @param offset where in its memory the operand begins */
  return (shape: Shape, offset = 0): Operand => {
    const values = Float32Array.from({ length: sizeOf(shape) + offset }, random);
    return { memory: backend.upload(values), offset, shape, dtype: 'float32' };
  };
}

/** All values of a memory. */
export function read(memory: Operand['memory']): TypedArray {
  return valuesOf({ memory, offset: 0, shape: [memory.length], dtype: memory.dtype });
}
