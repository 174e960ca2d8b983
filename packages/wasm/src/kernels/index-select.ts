import { aroundAxis, checkedIds, type Kernels } from '@unroll/backend';
import { hostMemory, valuesOf } from '../memory/host-memory.ts';

type IndexSelect = Kernels['indexSelect'];

/** Elements from which on a view of them costs less than a loop. */
const LONG = 48;

/**
 * Slices of floats at ids: rows of an embedding, or what the windows of a convolution read. Ids that follow each other, as
 * those of a window do, are copied as one run. It is bound by memory and stays outside of the machine.
 */
export function makeIndexSelect(reference: IndexSelect): IndexSelect {
  return (x, ids, axis) => {
    if (x.dtype !== 'float32') return reference(x, ids, axis);
    const { outer, length, inner } = aroundAxis(x.shape, axis);
    const chosen = checkedIds('indexSelect', ids, length);
    const values = valuesOf(x) as Float32Array;
    const y = new Float32Array(outer * chosen.length * inner);
    for (let o = 0; o < outer; o++) {
      const to = o * chosen.length * inner;
      selectRows(y, to, values, o * length * inner, chosen, inner);
    }
    return hostMemory('float32', y);
  };
}

function selectRows(
  y: Float32Array,
  to: number,
  values: Float32Array,
  from: number,
  ids: Int32Array,
  inner: number,
): void {
  let at = to;
  for (let i = 0; i < ids.length; ) {
    const id = ids[i];
    let count = 1;
    while (i + count < ids.length && ids[i + count] === id + count) count += 1;
    const [start, size] = [from + id * inner, count * inner];
    if (size >= LONG) y.set(values.subarray(start, start + size), at);
    else for (let n = 0; n < size; n++) y[at + n] = values[start + n];
    at += size;
    i += count;
  }
}
