import { made } from '../core/made.ts';
import type { Storage } from '../core/storage.ts';
import type { Node, Tensor } from '../core/tensor.ts';

/**
 * Hands the memory of a graph that has been differentiated for the last time to the release point at the end of its backward
 * pass. That is what operations have computed and others have read. What none has read is a result: the loss, or a state that
 * goes on to the next window; it is handed over when a later graph has read it. Of what was made outside of the graph only the
 * device's copy of values goes that are on the host, such as a batch or a mask.
 */
export function freeGraph(root: Tensor, order: readonly Node[]): void {
  if (!root.storage.backend.freeing) return;
  const read = new Set<Storage>();
  for (const { inputs } of order) for (const { storage } of inputs) read.add(storage);
  for (const storage of read) if (storage.isResult || storage.isOnHost) hand(storage);
  for (const node of order) {
    for (const storage of node.made) {
      if (read.has(storage)) hand(storage);
      else storage.isResult = true;
    }
  }
}

/** Small values are left alone: they may be read after the pass. */
function hand(storage: Storage): void {
  if (storage.isLarge || storage.isOnHost) made(storage);
}
