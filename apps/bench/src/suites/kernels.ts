import { compare } from './comparison.ts';
import type { Case } from './side-by-side.ts';
import type { Findings, Suite } from './suite.ts';

const cases: readonly Case[] = [
  arithmetic('matmul.384', [384, 384, 384], 4),
  arithmetic('matmul.16x128x512', [16, 128, 512], 100),
  memory('matmul.1x512x2048', [1, 512, 2048], 100),
  memory('matmul.1x192x512', [1, 192, 512], 1000),
];

/** Products `[m, k] · [k, n]` through the public `matmul`, on one thread. */
export const kernels: Suite = {
  name: 'kernels',
  summary: 'how fast is a matrix product on one thread, large, thin, and of one row?',
  kinds: ['product'],
  threads: 1,
  run: async (context) => withRatiosToPacked(await compare(cases, context)),
};

type Sizes = readonly [m: number, k: number, n: number];

/** Counted in multiplications and additions. */
function arithmetic(name: string, [m, k, n]: Sizes, repeat: number): Case {
  const spec = { kind: 'product', m, k, n, repeat } as const;
  return { name, spec, amount: (2 * m * k * n * repeat) / 1e9, unit: 'gflops' };
}

/** Counted in bytes of weights read: one row of input needs every weight once. */
function memory(name: string, [m, k, n]: Sizes, repeat: number): Case {
  const spec = { kind: 'product', m, k, n, repeat } as const;
  return { name, spec, amount: (4 * k * n * repeat) / 1e9, unit: 'gigabytesPerSecond' };
}

/** How much of what the tiles reach on packed operands is left of a product as a user calls it. */
function withRatiosToPacked({ metrics, notes, ...rest }: Findings): Findings {
  const ratios = cases.flatMap(({ name, unit }) => {
    const [ours, packed] = ['unroll', 'unroll-packed'].map(
      (who) => metrics[`${name}.${who}.${unit}`],
    );
    return ours && packed ? [{ name, ratio: ours / packed }] : [];
  });
  const entries = ratios.map(({ name, ratio }) => [`${name}.unroll.ratioToPacked`, ratio]);
  return {
    ...rest,
    metrics: { ...metrics, ...Object.fromEntries(entries) },
    notes: [
      ...notes,
      ...ratios.map(
        ({ name, ratio }) =>
          `${name}: as a user calls it, unroll reaches ${ratio.toFixed(2)} × what its tiles reach on packed operands.`,
      ),
    ],
  };
}
