import { runConformance, type Tally } from '@unroll/backend/testing/run';
import { gpu } from '../gpu.ts';
import { report } from './report.ts';

/** What the suite found in one environment. */
export interface Findings extends Tally {
  readonly adapter: string;
}

report(async (mode): Promise<Findings> => {
  const backend = await gpu({ mode });
  const tally = await runConformance(() => backend);
  return { ...tally, adapter: backend.adapter };
});
