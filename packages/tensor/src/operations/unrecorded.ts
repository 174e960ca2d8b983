import { labelled, withLabel } from '../autograd/label.ts';
import { withRecording } from '../autograd/mode.ts';
import { releasing } from '../core/releasing.ts';
import { operation } from '../profile/scope.ts';

/** Composes a forward whose derivative is written by hand; the anomaly mode says `div in softmax`. */
export function unrecorded<T>(name: string, fn: () => T): T {
  const run = () => withRecording(false, () => labelled(withLabel(name), fn));
  return operation(name, () => releasing(name, run, true));
}
