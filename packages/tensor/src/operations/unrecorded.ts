import { labelled, withLabel } from '../autograd/label.ts';
import { noGrad } from '../autograd/mode.ts';

/** Composes a forward whose derivative is written by hand; the anomaly mode says `div in softmax`. */
export function unrecorded<T>(name: string, fn: () => T): T {
  return noGrad(() => labelled(withLabel(name), fn));
}
