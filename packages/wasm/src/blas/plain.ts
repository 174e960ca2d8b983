import type { Operand } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { valuesOf } from '../memory/host-memory.ts';
import type { PackedForm } from '../memory/packed-weights.ts';

/** An operand as it is, for the cache of weights: a library packs for itself. */
export function plainForm({ heap }: Machine, operand: Operand): PackedForm {
  const values = valuesOf(operand) as Float32Array;
  return {
    form: `plain ${operand.offset} ${values.length}`,
    bytes: 4 * values.length,
    pack: (address) => heap.floats.set(values, address / 4),
  };
}
