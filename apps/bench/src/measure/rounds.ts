import type { Ran } from '../protocol.ts';
import type { Spec } from '../specs.ts';
import { type Child, PeerError } from './child.ts';
import { IdleWatch } from './idle.ts';
import { median } from './statistics.ts';

/** How long is measured. */
export interface Pace {
  /** Turns of each contestant. */
  readonly rounds: number;
  /** Seconds of one turn; at least one call. */
  readonly turn: number;
  /** Seconds of warming up; at least one call, which compiles. */
  readonly warmUp: number;
  /** Seconds after which a slow contestant has had enough turns, if it has had two. */
  readonly enough: number;
  /** Seconds, warming up included, after which no further round begins, if there was one; without end where it is not given. */
  readonly most?: number;
  /** Milliseconds between turns, in which the threads of the one before fall asleep. */
  readonly pause: number;
}

export const usualPace: Pace = { rounds: 12, turn: 0.25, warmUp: 1, enough: 15, pause: 120 };

/** Who does what, under a name that is its own. */
export interface Contestant {
  readonly id: string;
  readonly child: Child;
  readonly spec: Spec;
}

export interface Timing {
  readonly id: string;
  /** Of one call: the median over all calls of all turns. */
  readonly seconds: number;
  readonly calls: number;
  readonly parameters?: number;
  readonly note?: string;
  readonly last: Ran;
}

/** Is told who cannot do it, and why, before the first turn; whoever is not told further is left out. */
export type Refuse = (id: string, reason: PeerError) => void;

/** Somebody in the middle of a measurement. */
interface Runner extends Contestant {
  readonly callsATurn: number;
  readonly seconds: number[];
  readonly parameters?: number;
  readonly note?: string;
  last: Ran;
}

/**
 * Lets all contestants take turns: a round is a few calls of each, one after the other, while the others sleep. Whatever
 * happens to the machine in the meantime happens to all of them.
 */
export async function takeTurns(
  contestants: readonly Contestant[],
  pace: Pace = usualPace,
  onTurn: () => void = () => {},
  watch = new IdleWatch(),
  refuse: Refuse = (_, reason) => {
    throw reason;
  },
): Promise<Timing[]> {
  const runners: Runner[] = [];
  const began = performance.now();
  for (const contestant of contestants) {
    try {
      runners.push(await warmUp(contestant, pace));
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      refuse(contestant.id, error);
    }
    await watch.pause(pace.pause);
  }
  const { rounds, most = Infinity } = pace;
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && performance.now() - began > 1000 * most) break;
    for (const runner of runners) {
      if (!hasEnough(runner, round, pace)) await turn(runner, pace, watch);
      onTurn();
    }
  }
  for (const { child, id } of runners) await child.drop(id);
  return runners.map(timingOf);
}

async function warmUp(contestant: Contestant, { warmUp, turn }: Pace): Promise<Runner> {
  const { child, id, spec } = contestant;
  const prepared = await child.prepare(id, spec);
  const start = performance.now();
  let last = await child.run(id, 1);
  let seconds = last.seconds[0];
  while (performance.now() - start < warmUp * 1000) {
    last = await child.run(id, Math.ceil(Math.min(100, 0.1 / seconds)));
    seconds = median(last.seconds);
  }
  const callsATurn = Math.max(1, Math.round(turn / seconds));
  return { ...contestant, ...prepared, callsATurn, seconds: [], last };
}

function hasEnough({ seconds }: Runner, round: number, { enough }: Pace): boolean {
  return round >= 2 && seconds.reduce((a, b) => a + b, 0) > enough;
}

async function turn(runner: Runner, { pause }: Pace, watch: IdleWatch): Promise<void> {
  runner.last = await runner.child.run(runner.id, runner.callsATurn);
  runner.seconds.push(...runner.last.seconds);
  await watch.pause(pause);
}

function timingOf({ id, seconds, parameters, note, last }: Runner): Timing {
  return { id, seconds: median(seconds), calls: seconds.length, parameters, note, last };
}
