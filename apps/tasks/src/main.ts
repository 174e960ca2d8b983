import { ask } from './runner/ask.ts';
import { commandLine } from './runner/command-line.ts';
import { tasks } from './tasks.ts';

const stop = new AbortController();
process.once('SIGINT', () => {
  stop.abort(new Error('stopped by Ctrl-C'));
  process.once('SIGINT', () => process.exit(130));
});

process.exitCode = await commandLine(tasks, process.argv.slice(2), {
  signal: stop.signal,
  terminal: process.stderr.isTTY === true,
  ask: (question) => ask(question, stop.signal),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
