import { type Holes, suiteOf } from './cases/index.ts';
import type { Case, MakeBackend } from './suite.ts';

/** What the suite came to. */
export interface Tally {
  /** Cases that were run, holes left out. */
  readonly ran: number;
  /** What failed, and a hole that is none: the title and why. */
  readonly failed: readonly (readonly [title: string, why: string])[];
  /** Cases that were declared as holes, and are. */
  readonly holes: number;
}

/**
 * The conformance suite without a test framework, for places that have none: a page, a worker, a child process. Cases of
 * kernels that the backend declares absent are holes.
 */
export async function runConformance(makeBackend: MakeBackend, holes: Holes = {}): Promise<Tally> {
  const backend = await makeBackend();
  return runCases(suiteOf(() => backend, holes, backend.absent).cases);
}

/** Runs cases one after the other and counts them. */
export async function runCases(cases: readonly Case[]): Promise<Tally> {
  const failed: [string, string][] = [];
  let proven = 0;
  for (const { title, run, hole } of cases) {
    const error = await run().then(
      () => undefined,
      (thrown: unknown) => thrown ?? new Error('thrown'),
    );
    if (hole !== undefined && error !== undefined) proven++;
    else if (hole !== undefined) failed.push([title, `is no hole: it passes (${hole})`]);
    else if (error !== undefined) failed.push([title, String(error)]);
  }
  return { ran: cases.filter(({ hole }) => hole === undefined).length, failed, holes: proven };
}
