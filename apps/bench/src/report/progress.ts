import progress from 'cli-progress';
import type { Progress } from '../suites/suite.ts';

/** A bar on a terminal; elsewhere a line when a part begins. */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? bar(stream) : lines(stream);
}

function lines(stream: NodeJS.WriteStream): Progress {
  return {
    begin: (what) => stream.write(`measuring ${what}\n`),
    turn() {},
    end() {},
  };
}

function bar(stream: NodeJS.WriteStream): Progress {
  const options = {
    stream,
    format: '{bar} {what} · {value}/{total} turns · {duration_formatted}',
    // Both would outlive a Ctrl-C: a hidden cursor, and a handler that keeps the process alive.
    hideCursor: false,
    gracefulExit: false,
    clearOnComplete: true,
    linewrap: false,
    barsize: 24,
  };
  const drawn = new progress.SingleBar(options, progress.Presets.shades_classic);
  return {
    begin: (what, turns) => drawn.start(turns, 0, { what }),
    turn: () => drawn.increment(),
    end: () => drawn.stop(),
  };
}
