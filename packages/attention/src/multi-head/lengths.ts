import { UnsupportedError } from '@unroll/backend';
import { type Tensor, tensor } from '@unroll/tensor';

/** What was put into tensors of lengths, so that it need not be read back. */
const known = new WeakMap<Tensor, readonly number[]>();

/** Lengths as a leaf of a state: int32 `[batch]`. */
export function lengthsTensor(lengths: readonly number[]): Tensor {
  const leaf = tensor(Int32Array.from(lengths));
  known.set(leaf, lengths);
  return leaf;
}

/** The lengths in a leaf of a state; of one whose rows were selected they are read. */
export function lengthsIn(leaf: Tensor): readonly number[] {
  const found = known.get(leaf);
  if (found) return found;
  const { backend } = leaf.storage;
  if (!backend.readSync) {
    throw new UnsupportedError(
      'attention',
      `${backend.name} cannot read at once how long the sequences of a selected state are. Use sequences of one length, or the CPU.`,
    );
  }
  const lengths = [...leaf.dataSync()];
  known.set(leaf, lengths);
  return lengths;
}
