import { adding } from './adding/task.ts';
import { charlm } from './charlm/task.ts';
import { dates } from './dates/task.ts';
import type { Task } from './runner/task.ts';
import { schedule } from './schedule/task.ts';
import { sentiment } from './sentiment/task.ts';

/** Every task, in the order in which `pnpm task` lists them. */
export const tasks: readonly Task[] = [charlm, sentiment, dates, adding, schedule];
