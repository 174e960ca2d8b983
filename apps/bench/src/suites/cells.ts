import { cells as exported } from '@unroll/cells';
import { raggedLengths, tokensOf, trainingAt } from '../configurations.ts';
import type { Chosen } from '../peers/choose.ts';
import { grouped } from '../report/numbers.ts';
import type { TrainingSpec } from '../specs.ts';
import { compareOurselves } from './among-ourselves.ts';
import type { Findings, Suite, SuiteContext } from './suite.ts';

/** A variant, what it is compared with, and for what amount of work its time counts. */
interface Pair {
  readonly name: string;
  readonly against: string;
  /** Work of one step in parts of the other's; 1 where both do the same rows. */
  share?(spec: TrainingSpec): number;
}

const pairs: readonly Pair[] = [
  ...Object.keys(exported)
    .filter((name) => name !== 'lstm')
    .map((name) => ({ name, against: 'lstm' })),
  { name: 'lstm-without-exponentials', against: 'lstm' },
  { name: 'two-layers-dropout', against: 'two-layers' },
  { name: 'variational-dropout', against: 'lstm' },
  { name: 'zoneout', against: 'lstm' },
  { name: 'weight-drop', against: 'lstm' },
  { name: 'ragged', against: 'lstm', share: livingShare },
  { name: 'bidirectional', against: 'lstm', share: () => 2 },
];

const configurations = ['char-512', 'char-small'] as const;

/** What every other cell, masks, lengths and a second direction cost beside our plain LSTM. */
export const cells: Suite = {
  name: 'cells',
  summary: 'what do other cells, masks, lengths and a second direction cost beside a plain LSTM?',
  kinds: ['variant'],
  async run(context) {
    const parts = [];
    for (const ours of context.choice.chosen) {
      for (const configuration of configurations) {
        const wanted = pairs.filter(({ name }) =>
          `${name}.${configuration}`.includes(context.only ?? ''),
        );
        if (wanted.length > 0) parts.push(await measure(configuration, wanted, ours, context));
      }
    }
    return {
      metrics: Object.assign({}, ...parts.map(({ metrics }) => metrics)),
      tables: [
        {
          head: ['', 'who', 'milliseconds a step', 'against', 'time for the same work'],
          rows: parts.flatMap(({ rows }) => rows),
        },
      ],
      notes: [
        'ragged counts living rows, bidirectional rows and directions.',
        ...parts.flatMap(({ notes }) => notes),
      ],
      config: { pairs: pairs.map(({ name, against }) => `${name} against ${against}`) },
      peers: Object.fromEntries(parts.map(({ who, facts }) => [who, facts])),
    } satisfies Findings;
  },
};

async function measure(
  configuration: (typeof configurations)[number],
  wanted: readonly Pair[],
  ours: Chosen,
  context: SuiteContext,
) {
  const training = trainingAt('lstm', configuration);
  const names = [...new Set(wanted.flatMap(({ name, against }) => [against, name]))];
  const candidates = names.map((id) => ({
    id,
    spec: { kind: 'variant', name: id, training } as const,
  }));
  const { who } = ours;
  const times = await compareOurselves(configuration, candidates, ours, context);
  const { seconds, facts, notes } = times;
  const timeOf = (id: string) => seconds.get(id) as number;
  const ratios = wanted.map(({ name, against, share }) => ({
    key: `${name}.${configuration}`,
    against,
    time: timeOf(name),
    ratio: timeOf(name) / (share?.(training) ?? 1) / timeOf(against),
  }));
  return {
    who,
    metrics: Object.fromEntries(ratios.map(({ key, ratio }) => [`${key}.${who}.timeRatio`, ratio])),
    rows: ratios.map(({ key, against, time, ratio }) => [
      key,
      who,
      grouped(time * 1000),
      `${against} ${grouped(timeOf(against) * 1000)}`,
      `${ratio.toFixed(2)} ×`,
    ]),
    facts,
    notes,
  };
}

function livingShare(spec: TrainingSpec): number {
  return raggedLengths(spec).reduce((a, b) => a + b, 0) / tokensOf(spec);
}
