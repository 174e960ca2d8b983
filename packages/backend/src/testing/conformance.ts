import { describe, test } from 'vitest';
import type { Absent } from '../contract/backend.ts';
import { type Holes, suiteOf } from './cases/index.ts';
import type { MakeBackend } from './suite.ts';

export interface ConformanceOptions {
  /** Cases that this backend does not pass, by title, each with its reason; one that does pass fails the suite. */
  readonly holes?: Holes;
  /** What the backend says of itself in `absent`: cases of these kernels are holes. */
  readonly absent?: Absent;
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
  { holes = {}, absent }: ConformanceOptions = {},
): void {
  describe(`conformance of ${title}`, () => {
    for (const { title, run, hole } of suiteOf(makeBackend, holes, absent).cases) {
      if (hole === undefined) test(title, run);
      else test.fails(`${title} (a hole: ${hole})`, run);
    }
  });
}
