import { attention } from './suites/attention.ts';
import { auto } from './suites/auto.ts';
import { cells } from './suites/cells.ts';
import { gpu } from './suites/gpu.ts';
import { kernels } from './suites/kernels.ts';
import { memory } from './suites/memory.ts';
import { recurrent } from './suites/recurrent.ts';
import { scaling } from './suites/scaling.ts';
import { streaming } from './suites/stream.ts';
import type { Suite } from './suites/suite.ts';

/** What `pnpm bench` can measure. */
export const suites: readonly Suite[] = [
  ...[recurrent, kernels, streaming, scaling, memory, cells],
  ...[attention, auto, gpu],
];
