import type { Module } from '@unroll/nn';
import type { Callback, History } from '@unroll/trainers';
import type { GradientFlow } from './gradient-flow.ts';
import type { Inside } from './look-inside.ts';
import { type RunReport, runReport } from './report.ts';

/** What a report says besides what the run itself knows; `highlights` default to the best validation loss. */
export type ReportCallbackOptions = Pick<RunReport, 'title' | 'unit'> &
  Partial<Omit<RunReport, 'train' | 'valid' | 'metrics' | 'gradients' | 'inside'>> & {
    /** Measures gradient norms when the run has ended, such as one batch with {@link watchGradients}. */
    readonly gradients?: (model: Module) => Promise<readonly GradientFlow[]>;
    /** Looks into recurrent layers when the run has ended, such as {@link lookInside} of a trace of one batch. */
    readonly inside?: (model: Module) => Promise<Inside>;
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
export function reportCallback(options: ReportCallbackOptions): Callback {
  const { write, gradients, inside, ...shown } = options;
  return {
    async onStop(history, { model }) {
      if (history === undefined) return;
      const flows = gradients && (await gradients(model));
      const seen = inside && (await inside(model));
      const page = runReport({
        config: {},
        environment: {},
        highlights: [{ metric: 'valid.loss', words: `${shown.unit}, best validation` }],
        ...shown,
        ...(flows ? { gradients: flows } : {}),
        ...(seen ? { inside: seen } : {}),
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
