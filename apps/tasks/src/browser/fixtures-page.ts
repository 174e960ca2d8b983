import { runCases, type Tally } from '@unroll/backend/testing/run';
import { tolerances } from '@unroll/backend/testing/tolerances';
import { gpu } from '@unroll/gpu';
import { report } from '@unroll/gpu/testing/report';
import { useBackend } from '@unroll/tensor';
import { fixtures } from './fixtures.ts';

/** What the fixtures came to on a GPU. */
export interface Findings extends Tally {
  readonly adapter: string;
}

report(async (mode): Promise<Findings> => {
  const backend = await gpu({ mode });
  useBackend(backend);
  const cases = (await fixtures()).map(({ title, run }) => ({
    title,
    run: () => run('float32', tolerances.fixtureOnGpu),
  }));
  return { ...(await runCases(cases)), adapter: backend.adapter };
});
