import { commandLine } from './command-line.ts';
import type { Task } from './task.ts';

/**
 * Runs a task as `pnpm task` would, with what it prints.
 *
 * @param stopAfter Ctrl-C is pressed once this has been printed
 * @param typed lines that a person types when asked
 */
export async function runTask(
  task: Task,
  words: readonly string[],
  stopAfter?: string,
  typed: readonly string[] = [],
): Promise<{ code: number; out: string; err: string }> {
  const stop = new AbortController();
  let [out, err] = ['', ''];
  const lines = typed[Symbol.iterator]();
  const code = await commandLine([task], [task.name, ...words], {
    signal: stop.signal,
    terminal: false,
    ask: async () => lines.next().value,
    out: (text) => {
      out += text;
      if (stopAfter !== undefined && out.includes(stopAfter)) stop.abort();
    },
    err: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}
