import { writeResult } from '@unroll/cli';
import { drawEmbedding, runReport } from '@unroll/inspect';
import { summary } from '@unroll/nn';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { environment } from '../../runner/environment.ts';
import type { TaskResult } from '../../runner/task.ts';
import type { Order, RunFolder } from '../options.ts';
import type { Prepared } from '../prepare.ts';
import type { Trained } from '../train.ts';
import type { Judgement } from './judge.ts';
import type { Service } from './service.ts';
import { tellingWords } from './telling-words.ts';

/** A run that came to its end. */
export interface Finished extends Trained {
  /** What the reviews are called. */
  readonly name: string;
  readonly prepared: Prepared;
  readonly order: Order;
  readonly valid: Judgement;
  readonly test: Judgement;
  readonly service: Service;
  readonly seconds: number;
}

export function resultOf(finished: Finished): TaskResult {
  const { model, history, prepared, order, valid, test, service, seconds, name } = finished;
  const { data: _, ...told } = order;
  const { settings, ...columns } = told;
  return {
    metrics: {
      'test.accuracy': test.accuracy,
      'test.f1.macro': test.f1.macro,
      'test.calibrationError': test.calibration.ece,
      'test.count': prepared.parts.test.length,
      'test.unknownShare': prepared.unknown.test,
      'valid.accuracy': valid.accuracy,
      'valid.natsPerText': history.best?.loss ?? Number.NaN,
      'baseline.majority.accuracy': test.majority,
      'train.count': prepared.train.length,
      'train.unknownShare': prepared.unknown.train,
      'train.seconds': history.seconds,
      'train.waitingShare': waitingShare(finished),
      tokensPerSecond: history.tokens / history.seconds,
      parameters: summary(model).total,
      steps: history.step,
      'best.step': history.best?.step ?? 0,
      'model.bytes': service.bytes,
      'model.loadSeconds': service.loadSeconds,
      'predict.batch1.perSecond': service.perSecond[1],
      'predict.batch32.perSecond': service.perSecond[32],
      seconds,
    },
    config: { data: name, labels: [...prepared.parts.labels], ...columns, ...settings },
  };
}

/** The share of training in which it waited for its next batch. */
function waitingShare({ history }: Trained): number {
  return history.waitingSeconds / (history.waitingSeconds + history.seconds);
}

/** What a person reads at the end. */
export function linesOf(finished: Finished): string[] {
  const { test, prepared, service } = finished;
  const { labels } = prepared.parts;
  return [
    '',
    `test: ${percent(test.accuracy)} right (saying ${labels.length === 2 ? 'one class' : 'the most frequent class'} always: ${percent(test.majority)}), macro F1 ${test.f1.macro.toFixed(3)}`,
    ...confusionLines(test, labels),
    `when it says how sure it is, it is off by ${percent(test.calibration.ece)} on average (calibration error)`,
    `training waited for its data ${percent(waitingShare(finished), 2)} of the time`,
    `the model: ${(service.bytes / 1e6).toFixed(1)} MB, loaded in ${service.loadSeconds.toFixed(2)} s; ${Math.round(service.perSecond[1])} texts a second one by one, ${Math.round(service.perSecond[32])} in batches of 32`,
    '',
  ];
}

/** What was taken for what, of the first classes. */
function confusionLines({ confusion, f1 }: Judgement, labels: readonly string[]): string[] {
  const most = 10;
  const shown = labels.slice(0, most);
  const width = Math.max(10, ...shown.map((label) => label.slice(0, 16).length + 2));
  const cell = (text: string | number) => String(text).slice(0, 16).padStart(width);
  return [
    `  ${'is \\ taken for'.padEnd(18)}${shown.map(cell).join('')}${cell('F1')}`,
    ...shown.map(
      (label, i) =>
        `  ${label.slice(0, 16).padEnd(18)}${confusion[i].slice(0, most).map(cell).join('')}${cell(f1.perClass[i].f1.toFixed(3))}`,
    ),
    ...(labels.length > most ? [`  … ${labels.length} classes in all`] : []),
  ];
}

export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

const highlights = [
  { metric: 'test.accuracy', words: 'of the test’s texts are told right' },
  { metric: 'test.f1.macro', words: 'macro F1' },
  { metric: 'test.calibrationError', words: 'calibration error' },
  { metric: 'predict.batch32.perSecond', words: 'texts a second, 32 at a time' },
];

export async function writeOutcome(
  run: RunFolder,
  finished: Finished,
  { metrics, config }: TaskResult,
): Promise<void> {
  const { model, history, prepared, name } = finished;
  const embedding = await tellingWords(model, prepared);
  const page = runReport({
    ...{ title: 'sentiment', subtitle: `Which class a text is of: ${name}`, unit: 'nats per text' },
    ...{ train: history.steps, valid: history.valid, metrics, config, highlights, embedding },
    environment: environment(),
    sample: linesOf(finished).join('\n').trim(),
  });
  await writeFileAtomic(run.report, page);
  await writeFileAtomic(run.embedding, drawEmbedding(embedding));
  await writeResult(run.result, {
    name: 'sentiment',
    ...{ metrics, config, environment: environment() },
  });
}
