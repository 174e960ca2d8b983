import { must, refuse } from '../optimizer/problems.ts';

export interface ClipOptions {
  /** Nothing stays longer than this; above 0, Infinity for no limit. */
  max: number;
  /** Nothing but zeros stays shorter than this; default 0, which is off. */
  min?: number;
}

/** @throws OptionError for limits out of range or out of order */
export function checkLimits(operation: string, max: number, min: number): void {
  refuse(operation, [
    must(max > 0, 'max', 'be above 0', max),
    must(min >= 0 && min < Infinity, 'min', 'be 0 or above and finite', min),
    must(!(min > max), 'min', `be at most max (${max})`, min),
  ]);
}
