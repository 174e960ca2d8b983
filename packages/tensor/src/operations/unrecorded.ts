import { labelled, withLabel } from '../autograd/label.ts';
import { noGrad } from '../autograd/mode.ts';
import { operation } from '../profile/scope.ts';

/** Composes a forward whose derivative is written by hand; the anomaly mode says `div in softmax`. */
export function unrecorded<T>(name: string, fn: () => T): T {
  return operation(name, () => noGrad(() => labelled(withLabel(name), fn)));
}
