import { mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Outcome } from './programs.ts';

/**
 * Runs the programs named on the command line, in order, each in the folder of its page, and reports it
 * to the parent process.
 */
const limit = 60_000;

for (const file of process.argv.slice(2)) {
  const home = file.replace(/\.\d+\.ts$/, '.folder');
  mkdirSync(home, { recursive: true });
  process.chdir(home);
  report(file, await problemOf(file));
}
// Once all is reported; a server that a program has left open shall not keep it from ending.
process.once('disconnect', () => process.exit());
process.disconnect();

function problemOf(file: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const done = (error?: unknown) => {
      clearTimeout(timer);
      process.off('uncaughtException', done);
      resolve(error === undefined ? undefined : inWords(error));
    };
    const timer = setTimeout(() => done(`not done after ${limit / 1000} s`), limit);
    process.on('uncaughtException', done);
    import(pathToFileURL(file).href).then(() => done(), done);
  });
}

function inWords(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function report(file: string, error: string | undefined): void {
  const outcome: Outcome = error === undefined ? { file } : { file, error };
  process.send?.(outcome);
}
