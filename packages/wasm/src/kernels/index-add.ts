import { aroundAxis, checkedIds, type Kernels, sizeOf } from '@unroll/backend';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';

type IndexAdd = Kernels['indexAdd'];

/**
 * Rows of floats added at ids: an embedding's gradient. Rows of one id are summed one after the other in doubles, with the
 * reference's bits, so that what no id names, most of a large vocabulary, is neither summed nor rounded. It is bound by
 * memory and stays outside of the machine; so does `indexSelect`, where the reference's copy of a row at a time is the
 * fastest (1,600 rows of 64: 53 µs, element by element 142 µs).
 */
export function makeIndexAdd(reference: IndexAdd): IndexAdd {
  return (shape, ids, x, axis) => {
    const { outer, length, inner } = aroundAxis(shape, axis);
    if (x.dtype !== 'float32' || outer !== 1) return reference(shape, ids, x, axis);
    const { first, next } = chainsOf(checkedIds('indexAdd', ids, length), length);
    const values = valuesOf(x) as Float32Array;
    const y = new Float32Array(sizeOf(shape));
    const row = new Float64Array(inner);
    for (let id = 0; id < length; id++) {
      if (first[id] < 0) continue;
      row.fill(0);
      for (let i = first[id]; i >= 0; i = next[i]) {
        const from = i * inner;
        for (let n = 0; n < inner; n++) row[n] += values[from + n];
      }
      y.set(row, id * inner);
    }
    return hostMemory('float32', y);
  };
}

/** For each id the first place where it stands, for each place the next one with the same id; −1 for none. */
function chainsOf(ids: Int32Array, length: number): { first: Int32Array; next: Int32Array } {
  const first = new Int32Array(length).fill(-1);
  const next = new Int32Array(ids.length);
  for (let i = ids.length - 1; i >= 0; i--) {
    next[i] = first[ids[i]];
    first[ids[i]] = i;
  }
  return { first, next };
}
