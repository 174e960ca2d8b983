import type { CellName } from '@unroll/cells';
import type { Trial } from '../trial.ts';

/** What may be asked for in place of a study's own choice. */
export interface Wishes {
  readonly cell?: CellName;
  /** One range instead of all. */
  readonly range?: number;
  /** Shorter ranges and fewer steps. */
  readonly quick: boolean;
  /** Settings of every net. */
  readonly settings: Partial<Pick<Trial, 'batches' | 'hiddenSize' | 'batchSize'>>;
}

/** A table of nets that are compared. */
export interface Study {
  /** What it asks, in a line. */
  readonly title: string;
  /** Whether `--cell` means something to it. */
  readonly takesCell: boolean;
  /**
   * The gradients that it draws: of all nets of a range in one chart, each net's before and after training in one chart, or
   * none.
   */
  readonly gradients?: 'by range' | 'by net';
  trials(wishes: Wishes): Trial[];
}

/** What all nets of all studies have in common. */
const settings = {
  hiddenSize: 64,
  optimizer: 'adam',
  lr: 0.01,
  clip: { norm: 1 },
  batchSize: 32,
  batches: 4000,
  every: 200,
  solved: 0.001,
} as const;

/** A trial with the common settings, those of its study, and at last those that were asked for. */
export function trialOf(
  wishes: Wishes,
  own: Pick<Trial, 'name' | 'row' | 'panel' | 'line' | 'problem' | 'range' | 'cell'> &
    Partial<Trial>,
): Trial {
  const quick = wishes.quick ? { batches: 400, every: 100 } : {};
  const trial = { ...settings, ...own, ...quick, ...wishes.settings };
  return { ...trial, every: Math.min(trial.every, trial.batches) };
}

/** The ranges of a study: its own, or the one that was asked for. */
export function rangesOf(
  { range, quick }: Wishes,
  ranges: { readonly full: readonly number[]; readonly quick: readonly number[] },
): readonly number[] {
  if (range !== undefined) return [range];
  return quick ? ranges.quick : ranges.full;
}
