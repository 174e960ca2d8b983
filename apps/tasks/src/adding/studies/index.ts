import { cells } from './cells.ts';
import { middle } from './middle.ts';
import { remedies } from './remedies.ts';
import type { Study } from './study.ts';
import { truncation } from './truncation.ts';
import { words } from './words.ts';

/** The studies by the names that `--study` takes; the first is the task's own. */
export const studies = { cells, remedies, truncation, words, middle } satisfies Record<
  string,
  Study
>;

export type StudyName = keyof typeof studies;
