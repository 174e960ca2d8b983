import { isFloating } from '../../contract/dtype.ts';
import { reference } from '../../reference/reference.ts';
import { checkAtMost, checkSame } from '../check.ts';
import { fillCase, fillCotangents } from '../fill-case.ts';
import { trialCells } from '../hard-cells.ts';
import { randomScans } from '../random-programs.ts';
import { type CaseResult, type Cotangents, runCase, type ScanCase } from '../scan-case.ts';
import type { Suite } from '../suite.ts';
import { relativeError, roundingTolerance } from '../tolerances.ts';

/** Sizes that fill vectors, and some that do not. */
const LARGE = { columns: 21, entries: 19, rows: 6 } as const;

/** The longest sum of a case: a product, or a gradient over all rows and all that they read of a memory. */
function longestSum({ program, schedule, lengths }: ScanCase): number {
  const rows = schedule.batchSizes.reduce((a, b) => a + b, 0);
  const entries = Math.max(1, ...Object.values(lengths).flat());
  return Math.max(rows * entries, ...program.parameters.flatMap(({ shape }) => shape));
}

/** Whole recurrence programs and their derivatives, held against the reference's interpreter. */
export function scanCases(suite: Suite): void {
  for (const [name, program] of Object.entries(trialCells)) {
    for (const reverse of [false, true]) {
      suite.case(`scan: ${name}, ${reverse ? 'backwards' : 'forwards'}, ragged`, async () => {
        const test = fillCase(
          program(),
          { lengths: [5, 4, 4, 1], sources: [3, 1, 4, 2], reverse },
          7,
        );
        await compareScan(suite, test, fillCotangents(test, 8));
      });
    }
  }
  for (const [title, sizes] of Object.entries({ 'any program': {}, 'any larger program': LARGE })) {
    suite.property(`scan: ${title}`, randomScans(sizes), ({ test, cotangents }) =>
      compareScan(suite, test, cotangents),
    );
  }
}

async function compareScan(suite: Suite, test: ScanCase, cotangents: Cotangents): Promise<void> {
  const backend = await suite.backend();
  const steps = test.schedule.batchSizes.length;
  for (const dtype of backend.dtypes.filter(isFloating)) {
    const actual = await runCase(test, backend, dtype, cotangents);
    const expected = await runCase(test, reference(), dtype, cotangents);
    const tolerance = roundingTolerance(longestSum(test), steps, dtype);
    for (const part of ['values', 'gradients'] satisfies (keyof CaseResult)[]) {
      checkSame(Object.keys(actual[part]).sort(), Object.keys(expected[part]).sort(), part);
      for (const [name, values] of Object.entries(expected[part])) {
        const error = relativeError(actual[part][name], values);
        checkAtMost(error, tolerance, `${part} ${name} in ${dtype}`);
      }
    }
  }
}
