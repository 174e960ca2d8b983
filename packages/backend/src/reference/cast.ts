import type { Memory, Operand } from '../contract/backend.ts';
import type { DType } from '../contract/dtype.ts';
import { newMemory, valuesOf } from './memory.ts';

export function cast(x: Operand, dtype: DType): Memory {
  const values = valuesOf(x);
  const y = newMemory(dtype, values.length);
  if (dtype === 'bool') {
    for (let i = 0; i < values.length; i++) y.values[i] = values[i] !== 0 ? 1 : 0;
  } else {
    y.values.set(values);
  }
  return y;
}

export function assign(target: Operand, source: Operand): void {
  valuesOf(target).set(valuesOf(source));
}
