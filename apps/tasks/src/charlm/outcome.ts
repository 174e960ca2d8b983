import { type RunReport, runReport } from '@unroll/inspect';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { bitsPerToken, type History, perplexity } from '@unroll/trainers';
import { environment } from '../runner/environment.ts';
import { writeResult } from '../runner/result.ts';
import type { TaskResult } from '../runner/task.ts';
import type { Order, RunFolder } from './run-folder.ts';
import type { CharText } from './text.ts';
import { type Trained, testLoss } from './train.ts';

/** What came out of a run: the numbers, and the lines that a person reads. */
export interface Outcome extends TaskResult {
  readonly lines: readonly string[];
}

/** A run that came to its end. `started` is when its data was first read, in ms. */
export interface Finished extends Trained {
  readonly text: CharText;
  readonly order: Order;
  readonly baselines: readonly number[];
  readonly started: number;
}

/** Measures a trained model beside the Markov models of its text. */
export async function measure(finished: Finished): Promise<Outcome> {
  const { model, history, text, order, baselines, started } = finished;
  const valid = history.best?.loss ?? Number.NaN;
  const test = await testLoss(model, text);
  const metrics = {
    'valid.natsPerChar': valid,
    'valid.bitsPerChar': bitsPerToken(valid),
    'valid.perplexity': perplexity(valid),
    'test.natsPerChar': test,
    ...Object.fromEntries(baselines.map((nats, i) => [`baseline.markov${i}.natsPerChar`, nats])),
    parameters: model.parameters().reduce((sum, { size }) => sum + size, 0),
    steps: history.step,
    'best.step': history.best?.step ?? 0,
    tokensPerSecond: history.tokens / history.seconds,
    'train.seconds': history.seconds,
    seconds: (performance.now() - started) / 1000,
  };
  const { settings, seed } = order;
  const config = { data: text.name, characters: text.characters, seed, ...settings };
  return { metrics, config, lines: table(valid, baselines) };
}

/** Nats per character on the validation part, the model first. */
function table(valid: number, baselines: readonly number[]): string[] {
  const line = (name: string, nats: number) => `${name.padEnd(18)}${nats.toFixed(4).padStart(7)}`;
  return [
    'nats per character, validation',
    line('  this model', valid),
    ...baselines.map((nats, order) => line(`  Markov, order ${order}`, nats)),
  ];
}

/** Writes what a person and a program want of a run: the sample, the report, the result. */
export async function writeOutcome(
  run: RunFolder,
  { metrics, config }: TaskResult,
  history: History,
  sample: string,
): Promise<void> {
  const where = environment();
  await writeFileAtomic(run.sample, sample);
  const report: RunReport = {
    title: 'charlm',
    subtitle: `A character model of ${config.data}`,
    unit: 'nats per character',
    train: history.steps,
    valid: history.valid,
    baselines: [0, 1, 2].map((order) => ({
      name: `Markov, order ${order}`,
      loss: metrics[`baseline.markov${order}.natsPerChar`],
    })),
    metrics,
    highlights: [
      { metric: 'valid.natsPerChar', words: 'nats per character, validation' },
      { metric: 'baseline.markov2.natsPerChar', words: 'an order-2 Markov model on the same' },
      { metric: 'valid.perplexity', words: 'perplexity: as unsure as among so many characters' },
      { metric: 'train.seconds', words: 'seconds of training' },
    ],
    config,
    environment: where,
    sample,
  };
  await writeFileAtomic(run.report, runReport(report));
  await writeResult(run.result, { name: 'charlm', metrics, config, environment: where });
}
