import { DataError, IndexError } from '../contract/errors.ts';
import type { Ctc } from '../contract/sequence-losses.ts';
import { idsOf } from './memory.ts';

/** The chain l′ that the paths of one sequence walk along: its labels with a blank before, between and behind. */
export interface CtcChain {
  /** The class of each state, `2·labels + 1`. */
  readonly classes: Int32Array;
  /** Whether a state may be entered from two before it: it is a label, and not the one before again. */
  readonly skips: Uint8Array;
}

/**
 * The chain of each sequence; undefined where its steps are too few and that was allowed.
 *
 * @throws IndexError, DataError for labels that cannot be
 */
export function ctcChains(call: Ctc): (CtcChain | undefined)[] {
  const ids = idsOf(call.labels);
  const longest = call.labels.shape[1];
  return call.labelLengths.map((count, i) => {
    const labels = ids.subarray(i * longest, i * longest + count);
    checkLabels(call, labels, i);
    return fits(call, labels, i) ? chainOf(labels, call.blank) : undefined;
  });
}

function chainOf(labels: Int32Array, blank: number): CtcChain {
  const states = 2 * labels.length + 1;
  const classes = new Int32Array(states).fill(blank);
  const skips = new Uint8Array(states);
  for (const [k, label] of labels.entries()) {
    classes[2 * k + 1] = label;
    skips[2 * k + 1] = Number(k > 0 && label !== labels[k - 1]);
  }
  return { classes, skips };
}

function checkLabels({ logits, blank }: Ctc, labels: Int32Array, sequence: number): void {
  const classes = logits.shape[1];
  for (const [place, label] of labels.entries()) {
    const which = `label ${place} of sequence ${sequence}`;
    const details = { label, place, sequence };
    if (label < 0 || label >= classes) {
      const words = `${which} is ${label}, which is no class; valid ones are 0 to ${classes - 1}`;
      throw new IndexError('ctcLoss', words, { ...details, range: [0, classes - 1] });
    }
    if (label === blank) {
      const words = `${which} is ${label}, the blank, which stands for no label. Leave blanks out, or choose another with blank.`;
      throw new DataError('ctcLoss', words, details);
    }
  }
}

/** Every label takes a step, and equal neighbours a blank between them. */
function fits({ places, zeroInfinity }: Ctc, labels: Int32Array, sequence: number): boolean {
  const repeats = labels.filter((label, k) => k > 0 && label === labels[k - 1]).length;
  const needed = labels.length + repeats;
  const steps = places.lengths[sequence];
  if (needed <= steps) return true;
  if (zeroInfinity) return false;
  const between = repeats > 0 ? ` (${repeats} for blanks between equal ones)` : '';
  throw new DataError(
    'ctcLoss',
    `the ${labels.length} labels of sequence ${sequence} take ${needed} steps${between}, and it has ${steps}. Leave it out, keep more steps of it, or set zeroInfinity.`,
    { sequence, labels: labels.length, needed, steps },
  );
}
