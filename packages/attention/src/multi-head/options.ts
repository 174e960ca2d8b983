import { type DType, OptionError, refuseUnknownOptions } from '@unroll/backend';

export interface MultiHeadAttentionOptions {
  /** Features of a row, in and out; `embed_dim` in PyTorch. */
  size: number;
  /** Heads, which divide size. */
  numHeads: number;
  /** Heads of keys and values, which divide numHeads (grouped queries, Ainslie et al. 2023); default numHeads. */
  numKvHeads?: number;
  /** Features of a row that keys and values are made from, where that is another sequence's; default size. */
  memorySize?: number;
  /** Whether no step sees one that comes after it; default false. */
  causal?: boolean;
  /** Only steps fewer than so many away are seen; default Infinity. */
  window?: number;
  /** Whether queries and keys are turned by where they stand ({@link rotary}), maybe with another base; default false. */
  rotary?: boolean | { base?: number };
  /**
   * Share of the weights that is dropped while training; default 0. With it the whole matrix of weights is made, which
   * costs time and memory that grow with the square of the length.
   */
  dropout?: number;
  /** Whether b is added to queries, keys, values and the output; default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: DType;
  /** Beginning of the names of its parts' random streams; default: `MultiHeadAttention` with a number. */
  name?: string;
}

const known: Record<keyof MultiHeadAttentionOptions, true> = {
  size: true,
  numHeads: true,
  numKvHeads: true,
  memorySize: true,
  causal: true,
  window: true,
  rotary: true,
  dropout: true,
  bias: true,
  dtype: true,
  name: true,
};

/** Refuses options that do not exist or do not go together, all at once. */
export function checkOptions(options: MultiHeadAttentionOptions): void {
  refuseUnknownOptions('MultiHeadAttention', options, known);
  const { size, numHeads, numKvHeads = numHeads, memorySize = size, window = Infinity } = options;
  const sizes = { size, numHeads, numKvHeads, memorySize };
  const problems = Object.entries(sizes)
    .filter(([, n]) => !(Number.isInteger(n) && n > 0))
    .map(([name, n]) => `${name} must be a whole number above 0; got ${n}`);
  if (problems.length === 0) problems.push(...misfits(options, numKvHeads));
  if (!(window === Infinity || (Number.isInteger(window) && window > 0))) {
    problems.push(`window must be a whole number from 1 on; got ${window}`);
  }
  if (problems.length > 0) throw new OptionError('MultiHeadAttention', problems.join('; '), sizes);
}

function misfits({ size, numHeads, rotary }: MultiHeadAttentionOptions, groups: number): string[] {
  const problems: string[] = [];
  if (size % numHeads !== 0)
    problems.push(`numHeads must divide size; got ${numHeads} and ${size}`);
  if (numHeads % groups !== 0) {
    problems.push(`numKvHeads must divide numHeads; got ${groups} and ${numHeads}`);
  }
  if (rotary && (size / numHeads) % 2 !== 0) {
    problems.push(`rotary turns pairs, so size / numHeads must be even; got ${size / numHeads}`);
  }
  return problems;
}
