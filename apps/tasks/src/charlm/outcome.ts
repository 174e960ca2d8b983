import { writeResult } from '@unroll/cli';
import { type Inside, lookInside, runReport, trace } from '@unroll/inspect';
import { LanguageModel } from '@unroll/models';
import { summary } from '@unroll/nn';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { Sequence } from '@unroll/tensor';
import { bitsPerToken, perplexity } from '@unroll/trainers';
import { environment } from '../runner/environment.ts';
import type { TaskResult } from '../runner/task.ts';
import { levels } from './levels.ts';
import type { Order, RunFolder } from './run-folder.ts';
import type { PreparedText } from './text.ts';
import { type Trained, testLoss } from './train.ts';

/** What came out of a run: the numbers, and the lines that a person reads. */
export interface Outcome extends TaskResult {
  readonly lines: readonly string[];
}

/** A run that came to its end. `started` is when its data was first read, in ms. */
export interface Finished extends Trained {
  readonly text: PreparedText;
  readonly order: Order;
  readonly baselines: readonly number[];
  readonly started: number;
}

/** Measures a trained model beside the Markov models of its text. */
export async function measure(finished: Finished): Promise<Outcome> {
  const { model, history, text, order, baselines, started } = finished;
  const valid = history.best?.loss ?? Number.NaN;
  const test = await testLoss(model, text);
  const { metric } = levels[text.level];
  const metrics = {
    [`valid.${metric}`]: valid,
    ...(text.level === 'char' ? { 'valid.bitsPerChar': bitsPerToken(valid) } : {}),
    'valid.perplexity': perplexity(valid),
    [`test.${metric}`]: test,
    'test.perplexity': perplexity(test),
    ...Object.fromEntries(
      baselines.flatMap((nats, i) => [
        [`baseline.markov${i}.${metric}`, nats],
        [`baseline.markov${i}.perplexity`, perplexity(nats)],
      ]),
    ),
    'valid.unknownShare': shareOf(text.valid, text.tokenizer.unkId),
    parameters: summary(model).total,
    steps: history.step,
    'best.step': history.best?.step ?? 0,
    tokensPerSecond: history.tokens / history.seconds,
    'train.seconds': history.seconds,
    seconds: (performance.now() - started) / 1000,
  };
  return { metrics, config: configOf(text, order), lines: table(text, valid, baselines) };
}

function shareOf(ids: Int32Array, id: number): number {
  return ids.filter((each) => each === id).length / ids.length;
}

/** What the validation part costs, the model first; for words, as if choosing among so many. */
function table({ level }: PreparedText, valid: number, baselines: readonly number[]): string[] {
  const line = (name: string, nats: number) => {
    const choices = level === 'word' ? perplexity(nats).toFixed(1).padStart(12) : '';
    return `${name.padEnd(18)}${nats.toFixed(4).padStart(7)}${choices}`;
  };
  const perplexities = level === 'word' ? ', and perplexity' : '';
  return [
    `nats per ${levels[level].one}, validation${perplexities}`,
    line('  this model', valid),
    ...baselines.map((nats, order) => line(`  Markov, order ${order}`, nats)),
  ];
}

/** What a report says of a run whatever comes out of it. */
export function describeRun({ text, order, baselines }: Omit<Finished, keyof Trained | 'started'>) {
  return {
    title: 'charlm',
    subtitle: `A ${levels[text.level].one} model of ${text.name}`,
    unit: `nats per ${levels[text.level].one}`,
    baselines: baselines.map((loss, i) => ({ name: `Markov, order ${i}`, loss })),
    config: configOf(text, order),
    environment: environment(),
  };
}

/** What stands largest in the report. */
function highlightsOf({ level }: PreparedText) {
  const { one, metric } = levels[level];
  return [
    { metric: `valid.${metric}`, words: `nats per ${one}, validation` },
    { metric: `baseline.markov2.${metric}`, words: 'of an order-2 Markov model' },
    { metric: 'valid.perplexity', words: 'perplexity: as if choosing among so many' },
    { metric: 'train.seconds', words: 'seconds of training' },
  ];
}

/** Writes what a person and a program want of a run: the sample, the report, the result. */
export async function writeOutcome(
  run: RunFolder,
  finished: Finished,
  { metrics, config }: TaskResult,
  sample: string,
): Promise<void> {
  const { steps: train, valid } = finished.history;
  const inside = await insideOf(finished);
  const highlights = highlightsOf(finished.text);
  const shown = { train, valid, metrics, highlights, sample, ...(inside ? { inside } : {}) };
  const page = runReport({ ...describeRun(finished), ...shown });
  await writeFileAtomic(run.sample, sample);
  await writeFileAtomic(run.report, page);
  await writeResult(run.result, { name: 'charlm', metrics, config, environment: environment() });
}

/** What recurrent layers do inside while they read the first tokens of the validation part. */
async function insideOf({ model, text }: Finished): Promise<Inside | undefined> {
  if (!(model instanceof LanguageModel)) return undefined;
  const { valid, tokenizer } = text;
  const ids = Array.from(valid.subarray(0, 40));
  const letters = ids.map((id) => tokenizer.decode([id]).replace(' ', '␣').replace('\n', '⏎'));
  const traced = trace(model.eval(), Sequence.fromArrays([Int32Array.from(ids)]));
  return lookInside(traced, letters);
}

function configOf(text: PreparedText, { settings, seed }: Order): TaskResult['config'] {
  const { name, characters } = text;
  return { data: name, characters, seed, ...settings };
}
