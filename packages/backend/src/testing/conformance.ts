import { describe } from 'vitest';
import { bernoulliCases } from './cases/bernoulli.ts';
import { crossEntropyCases } from './cases/cross-entropy.ts';
import { fusedCases } from './cases/fused.ts';
import { indexedCases } from './cases/indexed.ts';
import { matmulCases } from './cases/matmul.ts';
import { memoryCases } from './cases/memory.ts';
import { moveCases } from './cases/move.ts';
import { pointwiseCases } from './cases/pointwise.ts';
import { reduceCases } from './cases/reduce.ts';
import { scanCases } from './cases/scan.ts';
import { type MakeBackend, Suite } from './suite.ts';

export interface ConformanceOptions {
  /** Cases that this backend does not pass, by title, each with its reason; one that does pass fails the suite. */
  readonly holes?: Readonly<Record<string, string>>;
}

/**
 * The suite that makes a backend one: every kernel in every dtype it declares, held against its definition. Call it in a
 * vitest file.
 *
 * @example
 * conformance('the reference', reference);
 */
export function conformance(
  title: string,
  makeBackend: MakeBackend,
  { holes = {} }: ConformanceOptions = {},
): void {
  describe(`conformance of ${title}`, () => {
    const suite = new Suite(makeBackend, holes);
    memoryCases(suite);
    pointwiseCases(suite);
    reduceCases(suite);
    matmulCases(suite);
    moveCases(suite);
    indexedCases(suite);
    fusedCases(suite);
    crossEntropyCases(suite);
    bernoulliCases(suite);
    scanCases(suite);
    suite.checkHoles();
  });
}
