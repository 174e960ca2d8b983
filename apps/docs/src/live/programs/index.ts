import { bothWays } from './autograd.ts';
import { trainBackwards, writeBackwards } from './backwards.ts';
import { readBrackets, trainBrackets } from './brackets.ts';
import { characters } from './characters.ts';
import { gradients } from './gradients.ts';
import { schedule } from './schedule.ts';
import { shapes } from './shapes.ts';
import { embedWords } from './words.ts';

/** What the page can have computed, by name. */
export const programs = {
  bothWays,
  characters,
  embedWords,
  gradients,
  readBrackets,
  schedule,
  shapes,
  trainBackwards,
  trainBrackets,
  writeBackwards,
};

export type Programs = typeof programs;
