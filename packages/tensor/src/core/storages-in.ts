import type { Storage } from './storage.ts';
import { Tensor } from './tensor.ts';

/** The memory of all tensors in a value: in lists, maps, and the fields of objects, however deep. */
export function storagesIn(value: unknown): Set<Storage> {
  const found = new Set<Storage>();
  const seen = new Set<unknown>();
  const stack = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (next instanceof Tensor) found.add(next.storage);
    else if (typeof next === 'object' && next !== null && !ArrayBuffer.isView(next)) {
      if (seen.has(next)) continue;
      seen.add(next);
      const parts = next instanceof Map || next instanceof Set ? next : Object.values(next);
      for (const part of parts) stack.push(part);
    }
  }
  return found;
}
