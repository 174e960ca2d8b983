import type { Chosen } from '../peers/choose.ts';
import { grouped } from '../report/numbers.ts';
import type { TrainingSpec } from '../specs.ts';
import { compareOurselves } from './among-ourselves.ts';
import type { Findings, SuiteContext } from './suite.ts';

/** A model whose steps the trainer does, so many of them in a call. */
export interface Fitted {
  readonly name: string;
  readonly training: TrainingSpec;
  readonly steps: number;
}

/** How many losses are read together: as without the option's help, and as many as it takes at most. */
const counts = [1, 32];

/** What it brings to read losses together: the trainer's steps, in turns in one process, on each of ours that can. */
export async function reading(
  all: readonly Fitted[],
  context: SuiteContext,
): Promise<Pick<Findings, 'metrics' | 'tables' | 'notes' | 'peers'>> {
  const { choice, only = '' } = context;
  const wanted = all.filter(({ name }) => name.includes(only));
  const ours = choice.chosen.filter(({ kinds }) => kinds?.includes('fit'));
  const parts = [];
  for (const fitted of wanted) {
    for (const who of ours) parts.push(await measure(fitted, who, context));
  }
  const head = ['', 'who', ...counts.map((n) => `read every ${n}`), 'unit', 'time'];
  return {
    metrics: Object.assign({}, ...parts.map(({ metrics }) => metrics)),
    tables: parts.length > 0 ? [{ head, rows: parts.map(({ row }) => row) }] : [],
    notes: parts.flatMap(({ notes }) => notes),
    peers: Object.assign({}, ...parts.map(({ peers }) => peers)),
  };
}

async function measure({ name, training, steps }: Fitted, ours: Chosen, context: SuiteContext) {
  const { who } = ours;
  const candidates = counts.map((readEvery) => ({
    id: String(readEvery),
    spec: { kind: 'fit', training, steps, readEvery } as const,
  }));
  const { seconds, facts, notes } = await compareOurselves(name, candidates, ours, context);
  const times = counts.map((n) => (1000 * Number(seconds.get(String(n)))) / steps);
  const [single, together] = times;
  return {
    metrics: Object.fromEntries(
      times.map((time, i) => [`${name}.${who}.readEvery${counts[i]}.millisecondsPerStep`, time]),
    ),
    row: [name, who, ...times.map(grouped), 'ms a step', `${(together / single).toFixed(2)} ×`],
    notes,
    peers: { [who]: facts },
  };
}
