import { trainingAt } from '../configurations.ts';
import { exponent } from '../measure/statistics.ts';
import type { Chosen } from '../peers/choose.ts';
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
    const parts: Part[] = [];
    for (const ours of context.choice.chosen) {
      for (const law of laws)
        if (wanted(`lstm.${law.name}`, context)) parts.push(await grow(law, ours, context));
      if (wanted('rnn.vanishing', context)) parts.push(await fade(ours, context));
    }
    return {
      metrics: Object.assign({}, ...parts.map(({ metric }) => metric)),
      tables: parts.map(({ table }) => table),
      notes: parts.flatMap(({ notes }) => notes),
      config: { training: { ...small }, lengths, batches, radii, steps },
      peers: Object.fromEntries(parts.map(({ who, facts }) => [who, facts])),
    } satisfies Findings;
  },
};

interface Part {
  readonly who: string;
  readonly metric: Readonly<Record<string, number>>;
  readonly table: Table;
  readonly facts: Facts;
  readonly notes: readonly string[];
}

function wanted(name: string, { only }: SuiteContext): boolean {
  return only === undefined || name.includes(only);
}

async function grow(
  { name, sizes, spec }: Law,
  ours: Chosen,
  context: SuiteContext,
): Promise<Part> {
  const { who } = ours;
  const candidates = sizes.map((size) => ({ id: String(size), spec: spec(size) }));
  const times = await compareOurselves(`lstm.${name}`, candidates, ours, context);
  const { seconds, facts, notes } = times;
  const points = sizes.map((size) => [size, seconds.get(String(size)) as number] as const);
  const found = exponent(points);
  return {
    who,
    metric: { [`lstm.${name}.${who}.exponent`]: found },
    table: {
      head: [`lstm.${name} ${who}`, 'milliseconds a step'],
      rows: [
        ...points.map(([size, time]) => [grouped(size), grouped(time * 1000)]),
        ['exponent', grouped(found)],
      ],
    },
    facts,
    notes,
  };
}

async function fade(ours: Chosen, context: SuiteContext): Promise<Part> {
  const { who } = ours;
  const candidates = Object.entries(radii).map(([id, radius]) => ({
    id,
    spec: { kind: 'fading', radius, time: steps } as const,
  }));
  const times = await compareOurselves('rnn.vanishing', candidates, ours, context);
  const { seconds, facts, notes } = times;
  const [vanishing, lasting] = ['vanishing', 'lasting'].map((id) => seconds.get(id) as number);
  return {
    who,
    metric: { [`rnn.vanishing.${who}.timeRatio`]: vanishing / lasting },
    table: {
      head: [`rnn.vanishing ${who}`, 'milliseconds a step'],
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
