import { tokensOf, trainingAt } from '../configurations.ts';
import type { Adapter } from '../peers/peer.ts';
import { grouped } from '../report/numbers.ts';
import { compare } from './comparison.ts';
import { type Fitted, reading } from './reading.ts';
import type { Case } from './side-by-side.ts';
import type { Findings, Suite } from './suite.ts';

/** Turns that are worth their time where a step takes seconds, and seconds after which a row has no further ones. */
const paces = {
  software: { rounds: 2, most: 180 },
  hardware: { rounds: 12, most: 600 },
} as const;

/** What one call computes: so much that a GPU is busy with it, and no more than software does in seconds. */
const sizes = {
  software: { peak: 1e9, small: 4, large: 1 },
  hardware: { peak: 1e12, small: 200, large: 50 },
} as const;

/** Training steps and products on one adapter, ours and others, in a page and in Node. */
export const gpu: Suite = {
  name: 'gpu',
  summary: 'how fast are training steps and products on the GPU, in a page and in Node?',
  kinds: ['training', 'product', 'peak', 'fit'],
  device: 'gpu',
  async run(given) {
    const { adapter = 'software', pace } = given;
    const { rounds, most } = paces[adapter];
    const context = { ...given, pace: { ...pace, most, rounds: Math.min(pace.rounds, rounds) } };
    const beside = await compare(casesOn(adapter), context, { alone: false });
    const own = await reading(fittedOn(adapter), context);
    const all = {
      ...withTimes(withShares(beside)),
      tables: [...beside.tables.filter(({ rows }) => rows.length > 0), ...own.tables],
    };
    return withAdapters(
      {
        ...all,
        metrics: { ...all.metrics, ...own.metrics },
        notes: [...all.notes, ...own.notes, boundInWords(most), absentInNode],
        peers: { ...all.peers, ...own.peers },
      },
      adapter,
    );
  },
};

const absentInNode = 'Node has no WebGL: tfjs-webgl and unroll-webgl2 are measured in a page only.';

function boundInWords(seconds: number): string {
  return `Everybody has one call to warm up and at least one that is measured; no further round of a row begins after ${seconds} s.`;
}

/** What the trainer is timed at: steps of a millisecond's work, of which most is waiting, and the smaller shape of all suites. */
function fittedOn(adapter: Adapter): Fitted[] {
  const training = trainingAt('lstm', 'char-small');
  const tiny = { ...training, batch: 4, time: 8, inputSize: 16, hiddenSize: 32 };
  const [many, few] = adapter === 'software' ? [64, 4] : [256, 64];
  return [
    { name: 'reading.tiny', training: tiny, steps: many },
    { name: 'reading.char-small', training, steps: few },
  ];
}

function casesOn(adapter: Adapter): Case[] {
  const { peak, small, large } = sizes[adapter];
  return [
    { name: 'peak.fma', spec: { kind: 'peak', flops: peak }, amount: peak / 1e9, unit: 'gflops' },
    product(384, small),
    product(1024, large),
    training('char-small'),
    training('char-512'),
  ];
}

function product(size: number, repeat: number): Case {
  const spec = { kind: 'product', m: size, k: size, n: size, repeat } as const;
  return { name: `matmul.${size}`, spec, amount: (2 * size ** 3 * repeat) / 1e9, unit: 'gflops' };
}

function training(configuration: 'char-small' | 'char-512'): Case {
  const spec = trainingAt('lstm', configuration);
  return { name: `lstm.${configuration}`, spec, amount: tokensOf(spec), unit: 'tokensPerSecond' };
}

/** How much of the adapter's peak the products reach. */
function withShares({ metrics, notes, ...rest }: Findings): Findings {
  const peaks = Object.entries(metrics).filter(([name]) => name.startsWith('peak.fma.'));
  const peak = Math.max(...peaks.map(([, value]) => value));
  if (peaks.length === 0) return { metrics, notes, ...rest };
  const shares = Object.entries(metrics).flatMap(([name, value]) => {
    const found = /^(matmul\.\d+\.[\w-]+)\.gflops$/.exec(name);
    return found ? [[found[1], value / peak] as const] : [];
  });
  return {
    ...rest,
    metrics: {
      ...metrics,
      ...Object.fromEntries(shares.map(([name, share]) => [`${name}.shareOfPeak`, share])),
    },
    notes: [
      ...notes,
      ...shares.map(
        ([name, share]) => `${name}: ${(100 * share).toFixed(0)} % of the measured peak.`,
      ),
    ],
  };
}

/** Milliseconds of a training step. */
function withTimes({ metrics, ...rest }: Findings): Findings {
  const times = Object.entries(metrics).flatMap(([name, value]) => {
    const found = /^(lstm\.([\w-]+)\..+)\.tokensPerSecond$/.exec(name);
    if (!found) return [];
    const tokens = tokensOf(trainingAt('lstm', found[2] as 'char-small'));
    return [[`${found[1]}.millisecondsPerStep`, (1000 * tokens) / value] as const];
  });
  return {
    ...rest,
    metrics: { ...metrics, ...Object.fromEntries(times) },
    notes: [
      ...rest.notes,
      ...times.map(([name, time]) => `${name.replace(/\.\w+$/, '')}: ${grouped(time)} ms a step.`),
    ],
  };
}

/** Which adapter the figures come from. */
function withAdapters(findings: Findings, asked: Adapter): Findings {
  const names = [...new Set(Object.values(findings.peers).map(({ adapter }) => String(adapter)))];
  const bar = asked === 'software' ? ' It is software: the times are no bar.' : '';
  return {
    ...findings,
    config: { ...findings.config, adapter: names },
    notes: [...findings.notes, `The adapter: ${names.join('; ')}.${bar}`],
  };
}
