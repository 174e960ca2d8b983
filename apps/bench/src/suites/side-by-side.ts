import { Child, PeerError } from '../measure/child.ts';
import { busyNote, IdleWatch } from '../measure/idle.ts';
import { type Contestant, type Refuse, type Timing, takeTurns } from '../measure/rounds.ts';
import { difference } from '../measure/statistics.ts';
import type { Chosen } from '../peers/choose.ts';
import type { Facts } from '../protocol.ts';
import type { Spec } from '../specs.ts';
import type { SuiteContext } from './suite.ts';

/** One line of a comparison: the same for all peers. */
export interface Case {
  /** `<kind>.<configuration>`. */
  readonly name: string;
  readonly spec: Spec;
  /** How much one call does, in the unit's amount. */
  readonly amount: number;
  /** `tokensPerSecond`: amount per second. */
  readonly unit: string;
}

/** A peer's figure at a case. */
export interface Figure {
  readonly case: Case;
  readonly who: string;
  /** In turns with all others. */
  readonly value: number;
  /** In a process that had the machine for itself, where that was measured. */
  readonly alone?: number;
}

/** How peers are compared. */
export interface Manner {
  /** Whether everybody is measured alone first. */
  readonly alone: boolean;
}

export interface Comparison {
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
  readonly peers: Readonly<Record<string, Facts>>;
}

/** More than this between alone and in turns is told. */
const tolerated = 0.1;

/** Measures all cases: every peer alone first, in a fresh process, then all of them in turns. */
export async function sideBySide(
  cases: readonly Case[],
  context: SuiteContext,
  { alone: measuresAlone }: Manner = { alone: true },
): Promise<Comparison> {
  const figures: Figure[] = [];
  const notes = new Set<string>(context.choice.absent.map((sentence) => `${sentence}.`));
  const peers: Record<string, Facts> = {};
  const learn = (child: Child) => {
    peers[child.who] = child.ready.facts;
    for (const warning of child.ready.warnings) notes.add(`${child.who}: ${warning}`);
  };
  for (const each of cases) {
    const chosen = context.choice.chosen.filter(
      ({ kinds }) => kinds === undefined || kinds.includes(each.spec.kind),
    );
    const { rounds } = context.pace;
    context.progress.begin(each.name, (measuresAlone ? 2 : 1) * rounds * chosen.length);
    const watch = new IdleWatch();
    const alone = new Map<string, Timing>();
    for (const peer of measuresAlone ? chosen : []) {
      const timing = await measureAlone(peer, each, context, learn, watch);
      if (typeof timing !== 'string') alone.set(peer.who, timing);
      else notes.add(`${each.name}: ${timing}.`);
    }
    const able = chosen.filter(({ who }) => !measuresAlone || alone.has(who));
    const refuse = (who: string, reason: PeerError) => {
      const must = able.find((peer) => peer.who === who)?.asked;
      if (measuresAlone || must) throw reason;
      notes.add(`${each.name}: ${reason.message.replace(/\.$/, '')}.`);
    };
    for (const timing of await measureTogether(able, each, context, watch, learn, refuse)) {
      const figure = figureOf(each, timing, alone.get(timing.id));
      figures.push(figure);
      for (const note of notesOn(figure, timing)) notes.add(note);
    }
    for (const note of busyNote(each.name, watch)) notes.add(note);
    context.progress.end();
  }
  return { figures, notes: [...notes], peers };
}

/** The timing, or a sentence that says why there is none. */
async function measureAlone(
  { who, command }: Chosen,
  { spec }: Case,
  { pace, progress }: SuiteContext,
  learn: (child: Child) => void,
  watch: IdleWatch,
): Promise<Timing | string> {
  const child = await Child.start(who, command);
  learn(child);
  try {
    const [timing] = await takeTurns([{ id: who, child, spec }], pace, progress.turn, watch);
    return timing;
  } catch (error) {
    if (error instanceof PeerError) return error.message;
    throw error;
  } finally {
    await child.stop();
  }
}

async function measureTogether(
  chosen: readonly Chosen[],
  { spec }: Case,
  { pace, progress }: SuiteContext,
  watch: IdleWatch,
  learn: (child: Child) => void,
  refuse: Refuse,
): Promise<Timing[]> {
  const children: Child[] = [];
  const able: Contestant[] = [];
  try {
    for (const peer of chosen) {
      try {
        const child = await Child.start(peer.who, peer.command);
        children.push(child);
        learn(child);
        able.push({ id: peer.who, child, spec });
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        refuse(peer.who, error);
      }
    }
    return await takeTurns(able, pace, progress.turn, watch, refuse);
  } finally {
    for (const child of children) await child.stop();
  }
}

function figureOf(each: Case, together: Timing, alone: Timing | undefined): Figure {
  return {
    case: each,
    who: together.id,
    value: each.amount / together.seconds,
    ...(alone && { alone: each.amount / alone.seconds }),
  };
}

function notesOn({ case: { name }, who, value, alone }: Figure, { note }: Timing): string[] {
  const apart = alone === undefined ? 0 : difference(value, alone);
  return [
    ...(note === undefined ? [] : [`${who}: ${note}.`]),
    ...(apart <= tolerated
      ? []
      : [
          `${name}: ${who} is ${Math.round(apart * 100)} % ${value > Number(alone) ? 'faster' : 'slower'} in turns than alone.`,
        ]),
  ];
}
