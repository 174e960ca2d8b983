import { writeResult } from '@unroll/cli';
import { type AttentionMap, runReport } from '@unroll/inspect';
import type { EncoderDecoder } from '@unroll/models';
import { summary } from '@unroll/nn';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { environment } from '../runner/environment.ts';
import type { TaskResult } from '../runner/task.ts';
import type { DatePair } from './dates.ts';
import { type Judgement, lengthBorders } from './judge.ts';
import type { Order, RunFolder } from './options.ts';
import type { Trained } from './train.ts';
import { looks, translate } from './translate.ts';

/** A run that came to its end. */
export interface Finished extends Trained {
  readonly order: Order;
  readonly judgement: Judgement;
  readonly seconds: number;
}

export function resultOf({ model, history, order, judgement, seconds }: Finished): TaskResult {
  const byLength = judgement.byLength.flatMap(({ count, exactMatch }, i) => [
    [`test.upTo${nameOf(i)}.count`, count],
    [`test.upTo${nameOf(i)}.exactMatch`, exactMatch],
  ]);
  return {
    metrics: {
      'test.exactMatch': judgement.exactMatch,
      'test.count': judgement.count,
      ...Object.fromEntries(byLength),
      'valid.natsPerChar': history.best?.loss ?? Number.NaN,
      parameters: summary(model).total,
      steps: history.step,
      'train.seconds': history.seconds,
      seconds,
    },
    config: { seed: order.seed, ...order.settings },
  };
}

/** The longest written date of a group, in words. */
function nameOf(i: number): string {
  return Number.isFinite(lengthBorders[i]) ? String(lengthBorders[i]) : 'All';
}

/** Exact match by the length of what was written, as lines. */
export function linesOf(
  judgements: readonly (readonly [name: string, judgement: Judgement])[],
): string[] {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(11);
  const row = (name: string, of: (judgement: Judgement) => number) =>
    `  ${name.padEnd(18)}${judgements.map(([, judgement]) => percent(of(judgement))).join('')}`;
  return [
    `dates right to the last character${judgements.length > 1 ? '' : ', of days never seen'}`,
    ...(judgements.length > 1
      ? [`  ${''.padEnd(18)}${judgements.map(([name]) => name.padStart(11)).join('')}`]
      : []),
    row('all', ({ exactMatch }) => exactMatch),
    ...lengthBorders.map((_, i) => row(groupName(i), ({ byLength }) => byLength[i].exactMatch)),
  ];
}

function groupName(i: number): string {
  const low = i === 0 ? 1 : lengthBorders[i - 1] + 1;
  return Number.isFinite(lengthBorders[i])
    ? `${low}–${lengthBorders[i]} characters`
    : `${low} and more`;
}

const highlights = [
  { metric: 'test.exactMatch', words: 'of unseen dates are right to the last character' },
  { metric: 'test.count', words: 'dates in the test' },
  { metric: 'train.seconds', words: 'seconds of training' },
];

/** Dates that the report shows. */
const shown = ['third of march 2026', 'tuesday, 3 march 2026', '03/03/26'];

export async function writeOutcome(
  run: RunFolder,
  finished: Finished,
  result: TaskResult,
): Promise<void> {
  const { model, history } = finished;
  const made = await translate(model, shown);
  const pairs = made.map((iso, i) => ({ written: shown[i], iso }));
  const page = runReport({
    title: 'dates',
    subtitle: 'Dates as people write them, into ISO 8601',
    unit: 'nats per character',
    train: history.steps,
    valid: history.valid,
    ...{ metrics: result.metrics, config: result.config, highlights },
    environment: environment(),
    attention: await mapsOf(model, pairs),
    sample: pairs.map(({ written, iso }) => `${written} → ${iso}`).join('\n'),
  });
  await writeFileAtomic(run.report, page);
  await writeResult(run.result, { name: 'dates', ...result, environment: environment() });
}

async function mapsOf(model: EncoderDecoder, pairs: readonly DatePair[]): Promise<AttentionMap[]> {
  const maps: AttentionMap[] = [];
  for (const pair of pairs) {
    const weights = await looks(model, pair);
    if (weights) maps.push({ source: [...pair.written], target: [...pair.iso], weights });
  }
  return maps;
}
