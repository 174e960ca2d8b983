import { commandLine } from './command-line.ts';
import { peers } from './peers/peers.ts';
import { showProgress } from './report/progress.ts';
import { suites } from './suites.ts';

process.exitCode = await commandLine(suites, process.argv.slice(2), {
  peers,
  progress: showProgress(process.stderr),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
