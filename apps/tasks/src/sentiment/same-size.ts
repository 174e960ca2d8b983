import { summary } from '@unroll/nn';
import type { Prepared } from './prepare.ts';
import type { Settings } from './settings.ts';
import { modelFor } from './train.ts';

/** The settings with as many units as make the net as large as that of `goal`. */
export function sameSize(settings: Settings, prepared: Prepared, goal: Settings): Settings {
  const sizeOf = (each: Settings) => summary(modelFor(each, prepared)).total;
  const wanted = sizeOf({ ...goal, model: 'recurrent', cell: 'lstm', bidirectional: true });
  const at = (hiddenSize: number) => sizeOf({ ...settings, hiddenSize });
  let [low, high] = [1, 1];
  while (at(high) < wanted) [low, high] = [high, 2 * high];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (at(middle) < wanted) low = middle;
    else high = middle;
  }
  const hiddenSize = wanted - at(low) < at(high) - wanted ? low : high;
  return { ...settings, hiddenSize };
}
