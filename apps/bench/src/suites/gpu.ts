import { tokensOf, trainingAt } from '../configurations.ts';
import type { Adapter } from '../peers/peer.ts';
import { compare } from './comparison.ts';
import type { Case } from './side-by-side.ts';
import type { Findings, Suite } from './suite.ts';

/** Turns that are worth their time where a step takes seconds. */
const rounds = { software: 2, hardware: 12 } as const;

/** What one call computes: so much that a GPU is busy with it, and no more than software does in seconds. */
const sizes = {
  software: { peak: 1e9, small: 4, large: 1 },
  hardware: { peak: 1e12, small: 200, large: 50 },
} as const;

/** Training steps and products on one adapter, ours and others, in a page and in Node. */
export const gpu: Suite = {
  name: 'gpu',
  summary: 'how fast are training steps and products on the GPU, in a page and in Node?',
  kinds: ['training', 'product', 'peak'],
  device: 'gpu',
  async run(context) {
    const { adapter = 'software', pace } = context;
    const fewer = { ...pace, rounds: Math.min(pace.rounds, rounds[adapter]) };
    const findings = await compare(casesOn(adapter), { ...context, pace: fewer }, { alone: false });
    return withAdapters(withShares(findings), adapter);
  },
};

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
