import type { Task } from './runner/task.ts';

/** Every task, in the order in which `pnpm task` lists them. */
export const tasks: readonly Task[] = [];
