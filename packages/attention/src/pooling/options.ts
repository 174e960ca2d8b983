import { type DType, OptionError, refuseUnknownOptions } from '@unroll/backend';

/** How a learned query and a step are compared. */
export type PoolingScore = 'additive' | 'dot' | 'scaled-dot';

export interface AttentionPoolingOptions {
  /** Features of a row. */
  size: number;
  /** How query and step are compared; default additive. */
  score?: PoolingScore;
  /** Learned queries, whose outcomes lie side by side; default 1. */
  numHeads?: number;
  /** Features in which an additive score compares; default size. */
  hiddenSize?: number;
  /** Whether an additive score adds b; default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: DType;
  /** Beginning of the names of its random streams; default: `AttentionPooling` with a number. */
  name?: string;
}

const known: Record<keyof AttentionPoolingOptions, true> = {
  size: true,
  score: true,
  numHeads: true,
  hiddenSize: true,
  bias: true,
  dtype: true,
  name: true,
};

const scores: readonly PoolingScore[] = ['additive', 'dot', 'scaled-dot'];

/** Refuses options that do not exist or do not go together, all at once. */
export function checkOptions(options: AttentionPoolingOptions): void {
  refuseUnknownOptions('AttentionPooling', options, known);
  const { size, score = 'additive', numHeads = 1, hiddenSize = size } = options;
  const problems = Object.entries({ size, numHeads, hiddenSize })
    .filter(([, n]) => !(Number.isInteger(n) && n > 0))
    .map(([name, n]) => `${name} must be a whole number above 0; got ${n}`);
  if (!scores.includes(score)) {
    problems.push(`score must be one of ${scores.join(', ')}; got ${score}`);
  }
  const additive = (['hiddenSize', 'bias'] as const).filter((name) => options[name] !== undefined);
  if (score !== 'additive' && additive.length > 0) {
    problems.push(`${additive.join(' and ')} belong to an additive score; got ${score}`);
  }
  if (problems.length > 0) throw new OptionError('AttentionPooling', problems.join('; '));
}
