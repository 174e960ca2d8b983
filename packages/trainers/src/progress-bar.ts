import type { SingleBar } from 'cli-progress';
import type { Callback, RunView } from './callback.ts';

export interface ProgressBarOptions {
  /** Where it is drawn; default: standard error. */
  stream?: NodeJS.WriteStream;
  /** Seconds between the plain lines that are written where there is no terminal; Infinity for none. Default 10. */
  every?: number;
}

/**
 * Shows how far a run is: a bar with loss, tokens per second and the time left on a terminal; elsewhere a plain line now
 * and then.
 *
 * @example
 * const trainer = new Trainer({ model, optimizer, callbacks: [progressBar()] });
 */
export function progressBar(options: ProgressBarOptions = {}): Callback {
  const { stream = process.stderr, every = 10 } = options;
  return stream.isTTY ? bar(stream, every) : lines(stream, every);
}

function lines(stream: NodeJS.WriteStream, every: number): Callback {
  const clock = new Clock();
  let last = 0;
  let valid: number | undefined;
  return {
    onStart(run) {
      clock.start(run);
      last = performance.now();
    },
    onRead(records, run) {
      if (performance.now() - last < every * 1000) return;
      last = performance.now();
      const { speed, left } = clock.read(run);
      const { loss } = records[records.length - 1];
      const of = run.totalSteps === undefined ? '' : ` of ${run.totalSteps}`;
      const measured = valid === undefined ? '' : `, valid ${valid.toFixed(3)}`;
      stream.write(
        `step ${run.step}${of}: loss ${loss.toFixed(3)}${measured}, ${speed} tokens/s${left === '' ? '' : `, ${left} left`}\n`,
      );
    },
    onValidate({ loss }) {
      valid = loss;
    },
  };
}

function bar(stream: NodeJS.WriteStream, every: number): Callback {
  const clock = new Clock();
  let valid = '–';
  let drawn: SingleBar | undefined;
  let plain: Callback | undefined;
  return {
    async onStart(run) {
      // Without an end there is nothing to fill.
      if (run.totalSteps === undefined) {
        plain = lines(stream, every);
        return plain.onStart?.(run);
      }
      clock.start(run);
      const { default: progress } = await import('cli-progress');
      drawn = new progress.SingleBar(
        {
          stream,
          format:
            '{bar} {value}/{total} · loss {loss} · valid {valid} · {speed} tokens/s · {left} left',
          // Both would outlive a Ctrl-C: a hidden cursor, and a handler that keeps the process alive.
          hideCursor: false,
          gracefulExit: false,
          linewrap: false,
          barsize: 24,
        },
        progress.Presets.shades_classic,
      );
      const payload = { loss: '–', valid, ...clock.read(run) };
      drawn.start(run.totalSteps, run.step, payload);
    },
    onRead(records, run) {
      const { loss } = records[records.length - 1];
      drawn?.update(run.step, { loss: loss.toFixed(3), valid, ...clock.read(run) });
      return plain?.onRead?.(records, run);
    },
    onValidate(record, run) {
      valid = record.loss.toFixed(3);
      return plain?.onValidate?.(record, run);
    },
    onStop() {
      drawn?.stop();
    },
  };
}

/** Speed and time left, as words. */
class Clock {
  #started = 0;
  #from = 0;

  start({ step }: RunView): void {
    this.#started = performance.now();
    this.#from = step;
  }

  read({ step, totalSteps, tokensPerSecond }: RunView): { speed: string; left: string } {
    const seconds = (performance.now() - this.#started) / 1000;
    const done = step - this.#from;
    const left =
      totalSteps === undefined || done === 0
        ? ''
        : duration(((totalSteps - step) * seconds) / done);
    return { speed: String(Math.round(tokensPerSecond)), left };
  }
}

/** 75 → `1:15`, 3661 → `1:01:01`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] > 0 ? parts : parts.slice(1);
  return shown.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
