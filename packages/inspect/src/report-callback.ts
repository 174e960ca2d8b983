import type { Callback, History } from '@unroll/trainers';
import { type RunReport, runReport } from './report.ts';

/** What a report says besides what the run itself knows; `highlights` default to the best validation loss. */
export type ReportCallbackOptions = Pick<RunReport, 'title' | 'unit'> &
  Partial<Omit<RunReport, 'train' | 'valid' | 'metrics'>> & {
    /** Takes the page, such as a function that writes it into a file. */
    readonly write: (page: string) => void | Promise<void>;
  };

/**
 * Writes the report of a run when it ends, however it ends: at its last step, at an early stop or at an abort.
 *
 * @example
 * const trainer = new Trainer({
 *   model,
 *   optimizer,
 *   callbacks: [
 *     reportCallback({
 *       title: 'poems',
 *       unit: 'nats per character',
 *       write: (page) => writeFile('report.html', page),
 *     }),
 *   ],
 * });
 */
export function reportCallback({ write, ...options }: ReportCallbackOptions): Callback {
  return {
    async onStop(history) {
      if (history === undefined) return;
      const page = runReport({
        config: {},
        environment: {},
        highlights: [{ metric: 'valid.loss', words: `${options.unit}, best validation` }],
        ...options,
        train: history.steps,
        valid: history.valid,
        metrics: metricsOf(history),
      });
      await write(page);
    },
  };
}

function metricsOf({ best, step, epoch, tokens, seconds }: History): Record<string, number> {
  return {
    ...(best === undefined ? {} : { 'valid.loss': best.loss, 'best.step': best.step }),
    steps: step,
    epochs: epoch,
    tokens,
    seconds,
    tokensPerSecond: tokens / seconds,
  };
}
