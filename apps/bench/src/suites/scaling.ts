import { trainingAt } from '../configurations.ts';
import { exponent } from '../measure/statistics.ts';
import type { Facts } from '../protocol.ts';
import { grouped } from '../report/numbers.ts';
import type { Spec } from '../specs.ts';
import { compareOurselves } from './among-ourselves.ts';
import type { Findings, Suite, SuiteContext, Table } from './suite.ts';

const small = trainingAt('lstm', 'char-small');
const lengths = [10, 30, 100, 300, 1000];
const batches = [8, 16, 32, 64, 128, 256];
const radii = { vanishing: 0.5, lasting: 1 };
const steps = 1000;

/** One thing that grows, and a training step's time with it. */
interface Law {
  readonly name: 'time' | 'batch';
  readonly sizes: readonly number[];
  spec(size: number): Spec;
}

const laws: readonly Law[] = [
  { name: 'time', sizes: lengths, spec: (time) => ({ ...small, time }) },
  { name: 'batch', sizes: batches, spec: (batch) => ({ ...small, batch }) },
];

/** How time grows with length and batch, and what gradients that vanish cost. */
export const scaling: Suite = {
  name: 'scaling',
  summary: 'how does time grow with length and batch, and what do vanishing gradients cost?',
  kinds: ['fading'],
  async run(context) {
    const parts = [];
    for (const law of laws)
      if (wanted(`lstm.${law.name}`, context)) parts.push(await grow(law, context));
    if (wanted('rnn.vanishing', context)) parts.push(await fade(context));
    return {
      metrics: Object.assign({}, ...parts.map(({ metric }) => metric)),
      tables: parts.map(({ table }) => table),
      notes: parts.flatMap(({ notes }) => notes),
      config: { training: { ...small }, lengths, batches, radii, steps },
      peers: Object.assign({}, ...parts.map(({ facts }) => ({ unroll: facts }))),
    } satisfies Findings;
  },
};

interface Part {
  readonly metric: Readonly<Record<string, number>>;
  readonly table: Table;
  readonly facts: Facts;
  readonly notes: readonly string[];
}

function wanted(name: string, { only }: SuiteContext): boolean {
  return only === undefined || name.includes(only);
}

async function grow({ name, sizes, spec }: Law, context: SuiteContext): Promise<Part> {
  const candidates = sizes.map((size) => ({ id: String(size), spec: spec(size) }));
  const { seconds, facts, notes } = await compareOurselves(`lstm.${name}`, candidates, context);
  const points = sizes.map((size) => [size, seconds.get(String(size)) as number] as const);
  const found = exponent(points);
  return {
    metric: { [`lstm.${name}.unroll.exponent`]: found },
    table: {
      head: [`lstm.${name}`, 'milliseconds a step'],
      rows: [
        ...points.map(([size, time]) => [grouped(size), grouped(time * 1000)]),
        ['exponent', grouped(found)],
      ],
    },
    facts,
    notes,
  };
}

async function fade(context: SuiteContext): Promise<Part> {
  const candidates = Object.entries(radii).map(([id, radius]) => ({
    id,
    spec: { kind: 'fading', radius, time: steps } as const,
  }));
  const { seconds, facts, notes } = await compareOurselves('rnn.vanishing', candidates, context);
  const [vanishing, lasting] = ['vanishing', 'lasting'].map((id) => seconds.get(id) as number);
  return {
    metric: { 'rnn.vanishing.unroll.timeRatio': vanishing / lasting },
    table: {
      head: ['rnn.vanishing', 'milliseconds a step'],
      rows: [
        ['gradients that last', grouped(lasting * 1000)],
        ['gradients that vanish', grouped(vanishing * 1000)],
        ['ratio', grouped(vanishing / lasting)],
      ],
    },
    facts,
    notes,
  };
}
