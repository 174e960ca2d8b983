import { Child } from '../measure/child.ts';
import { busyNote, IdleWatch } from '../measure/idle.ts';
import { type Timing, takeTurns } from '../measure/rounds.ts';
import type { Chosen } from '../peers/choose.ts';
import type { Facts } from '../protocol.ts';
import type { Spec } from '../specs.ts';
import type { SuiteContext } from './suite.ts';

/** Something of ours that is compared with something else of ours. */
export interface Candidate {
  readonly id: string;
  readonly spec: Spec;
}

/** Seconds a call by the candidates' ids. */
export interface OwnTimes {
  readonly seconds: ReadonlyMap<string, number>;
  readonly facts: Facts;
  readonly notes: readonly string[];
}

/** Lets candidates of ours take turns in one process, of our packages without or with native BLAS. */
export async function compareOurselves(
  what: string,
  candidates: readonly Candidate[],
  { who, command }: Chosen,
  { pace, progress }: SuiteContext,
): Promise<OwnTimes> {
  const child = await Child.start(who, command);
  progress.begin(`${what} ${who}`, pace.rounds * candidates.length);
  try {
    const contestants = candidates.map((candidate) => ({ ...candidate, child }));
    const watch = new IdleWatch();
    const timings: Timing[] = await takeTurns(contestants, pace, progress.turn, watch);
    return {
      seconds: new Map(timings.map(({ id, seconds }) => [id, seconds])),
      facts: child.ready.facts,
      notes: busyNote(`${what} ${who}`, watch),
    };
  } finally {
    progress.end();
    await child.stop();
  }
}
