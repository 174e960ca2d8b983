import { expect } from 'vitest';
import { isFloating } from '../../contract/dtype.ts';
import { reference } from '../../reference/reference.ts';
import { fillCase, fillCotangents } from '../fill-case.ts';
import { trialCells } from '../hard-cells.ts';
import { randomScans } from '../random-programs.ts';
import { type CaseResult, type Cotangents, runCase, type ScanCase } from '../scan-case.ts';
import type { Suite } from '../suite.ts';
import { relativeError, roundingTolerance } from '../tolerances.ts';

/** The longest sum in these programs: a product and its gradient over all rows. */
const SUM = 64;

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
  suite.property('scan: any program', randomScans(), ({ test, cotangents }) =>
    compareScan(suite, test, cotangents),
  );
}

async function compareScan(suite: Suite, test: ScanCase, cotangents: Cotangents): Promise<void> {
  const backend = await suite.backend();
  const steps = test.schedule.batchSizes.length;
  for (const dtype of backend.dtypes.filter(isFloating)) {
    const actual = await runCase(test, backend, dtype, cotangents);
    const expected = await runCase(test, reference(), dtype, cotangents);
    const tolerance = roundingTolerance(SUM, steps, dtype);
    for (const part of ['values', 'gradients'] satisfies (keyof CaseResult)[]) {
      expect(Object.keys(actual[part]).sort()).toEqual(Object.keys(expected[part]).sort());
      for (const [name, values] of Object.entries(expected[part])) {
        const error = relativeError(actual[part][name], values);
        expect(error, `${part} ${name} in ${dtype}`).toBeLessThanOrEqual(tolerance);
      }
    }
  }
}
