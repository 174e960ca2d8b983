import type { AttentionJob } from '../attention/attention-job.ts';
import type { CallsJob } from '../job/calls-job.ts';
import type { Job, Phase } from '../job/job.ts';

/** Work that is cut into as many shares as there are threads. */
export interface SharedWork<J = Job | AttentionJob | CallsJob> {
  readonly job: J;
  /** Parts that all threads have done before one begins the next. */
  readonly phases: readonly Phase[];
  readonly count: number;
  /** The binary of functions that the job calls. */
  readonly code: Uint8Array;
  /** Whether this very job may come again, so that the workers keep it. */
  readonly again: boolean;
}
