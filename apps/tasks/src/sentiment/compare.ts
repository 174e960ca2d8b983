import { mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { SavedModel } from '@unroll/models';
import { summary } from '@unroll/nn';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { memoryCheckpoints } from '@unroll/trainers';
import { environment } from '../runner/environment.ts';
import type { TaskResult } from '../runner/task.ts';
import { loadReviews } from './load-reviews.ts';
import type { Context, Order, RunFolder } from './options.ts';
import { comparisonOf, type Trial } from './outcome/comparison.ts';
import { judge } from './outcome/judge.ts';
import { percent } from './outcome/outcome.ts';
import { type Prepared, prepare } from './prepare.ts';
import { sameSize } from './same-size.ts';
import type { Settings } from './settings.ts';
import { train } from './train.ts';

/** What stands side by side. */
const rivals: Readonly<Record<string, Partial<Settings>>> = {
  'LSTM, two directions': { model: 'recurrent', cell: 'lstm' },
  'LSTM, one direction': { model: 'recurrent', cell: 'lstm', bidirectional: false },
  'GRU, two directions': { model: 'recurrent', cell: 'gru' },
  'RNN, two directions': { model: 'recurrent', cell: 'rnn' },
  convolution: { model: 'convolution' },
  'average of words': { model: 'average' },
};

/** Every model at equal parameters and epochs, with several seeds: a table, and the learning curves. */
export async function compare(context: Context, order: Order, run: RunFolder): Promise<TaskResult> {
  const { say, signal, options: given } = context;
  const started = performance.now();
  const seeds = Array.from({ length: given.seeds ?? 3 }, (_, i) => order.seed + i);
  const trials: Trial[] = [];
  for (const seed of seeds) {
    const reviews = await loadReviews({ ...order, seed });
    const prepared = prepare(reviews, order.settings);
    for (const [name, own] of Object.entries(rivals)) {
      const settings = sameSize({ ...order.settings, ...own }, prepared, order.settings);
      const trial = await tryModel(name, settings, { prepared, seed, signal });
      trials.push(trial);
      say(
        `seed ${seed}, ${name}: ${percent(trial.test.accuracy)}, ${trial.parameters.toLocaleString('en-US')} parameters, ${trial.history.seconds.toFixed(0)} s`,
      );
    }
  }
  const { lines, metrics, report, chart } = comparisonOf(trials);
  for (const line of lines) say(line);
  const config = { ...order.settings, seeds, data: basename(order.data ?? 'made up') };
  await mkdir(run.folder, { recursive: true });
  await writeFileAtomic(run.report, report({ config, environment: environment() }));
  await writeFileAtomic(run.comparison, chart);
  say(`report     ${run.report}`);
  say(`chart      ${run.comparison}`);
  const seconds = (performance.now() - started) / 1000;
  return { metrics: { ...metrics, seconds }, config };
}

async function tryModel(
  name: string,
  settings: Settings,
  { prepared, seed, signal }: { prepared: Prepared; seed: number; signal: AbortSignal },
): Promise<Trial> {
  const checkpoint = memoryCheckpoints();
  const { model, history } = await train({
    ...{ settings, seed, prepared, checkpoint, resume: false, signal, callbacks: [] },
  });
  signal.throwIfAborted();
  const { tokenizer, parts } = prepared;
  const saved = new SavedModel({ model, tokenizer, labels: parts.labels });
  const test = await judge(saved, parts.test, signal);
  return { name, seed, parameters: summary(model).total, history, test };
}
