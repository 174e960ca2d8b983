import { trainingAt } from '../configurations.ts';
import { Child, PeerError } from '../measure/child.ts';
import { type Chosen, isOurs } from '../peers/choose.ts';
import type { Facts, Ran } from '../protocol.ts';
import { grouped } from '../report/numbers.ts';
import type { TrainingSpec } from '../specs.ts';
import type { Findings, Suite, SuiteContext } from './suite.ts';

const [early, late] = [1_000, 10_000];
const peakSteps = 8;
const large = trainingAt('lstm', 'char-512');
/** Small, so that ten thousand steps are soon done. */
const naive: TrainingSpec = {
  ...trainingAt('lstm', 'char-small'),
  ...{ batch: 16, time: 25, inputSize: 8, hiddenSize: 32, classes: 10 },
};

/**
 * V8's own share of the memory in fixed size: left alone it doubles its nursery long after the thousandth step, and sweeps in
 * the background.
 */
const pinned = [
  '--single-threaded-gc',
  '--min-semi-space-size=2',
  '--max-semi-space-size=2',
] as const;

/** Whether a loop without any memory duties stays flat, and how much a large training step needs at most. */
export const memory: Suite = {
  name: 'memory',
  summary:
    'is memory flat over 10,000 training steps, and how much does a large step need at most?',
  kinds: ['training'],
  async run(context) {
    const { chosen } = context.choice;
    const ours = chosen.filter(({ who }) => isOurs(who));
    const measured = [...ours, ...chosen.filter(({ who }) => who.startsWith('torch'))];
    const metrics: Record<string, number> = {};
    const rows: string[][] = [];
    const peers: Record<string, Facts> = {};
    const add = (key: string, value: number, shown: string) => {
      metrics[key] = value;
      rows.push([key, shown]);
    };
    for (const each of ours) {
      for (const [name, flags] of [
        ['rssRatio', pinned],
        ['rssRatioByDefault', []],
      ] as const) {
        const growth = await growthOf(withFlags(each, flags), context);
        add(`lstm.naive-loop.${each.who}.${name}`, growth, grouped(growth));
      }
    }
    const peaks = new Map<string, number>();
    for (const peer of measured) {
      const { bytes, facts } = await peakOf(peer, context);
      peers[peer.who] = facts;
      peaks.set(peer.who, bytes);
      add(`lstm.char-512.${peer.who}.peakBytes`, bytes, `${grouped(bytes / 2 ** 20)} MiB`);
    }
    for (const [who, ratio] of ratiosToTorch(peaks)) {
      add(`lstm.char-512.${who}.peakRatioToTorch`, ratio, `${ratio.toFixed(2)} ×`);
    }
    return {
      metrics,
      tables: [{ head: ['', ''], rows }],
      notes: [
        `rssRatio: resident memory after ${grouped(late)} steps, as a multiple of that after ${grouped(early)}, with V8's nursery of one size and one thread that collects (node ${pinned.join(' ')}). By default V8 enlarges its nursery on the way.`,
        `peakBytes: the most that was resident in ${peakSteps} steps, above what was after the import.`,
      ],
      config: { naive: { ...naive }, large: { ...large }, early, late, peakSteps },
      peers,
    } satisfies Findings;
  },
};

/** Each peak of ours as a multiple of PyTorch's lower one, where it was measured. */
function ratiosToTorch(peaks: ReadonlyMap<string, number>): [who: string, ratio: number][] {
  const [ours, torch] = [true, false].map((wanted) =>
    [...peaks].filter(([who]) => isOurs(who) === wanted),
  );
  const least = Math.min(...torch.map(([, bytes]) => bytes));
  return torch.length > 0 ? ours.map(([who, bytes]) => [who, bytes / least]) : [];
}

/** One of ours, which runs in Node, under these switches. */
function withFlags(ours: Chosen, flags: readonly string[]): Chosen {
  const { command } = ours;
  return { ...ours, command: { ...command, args: [...flags, ...command.args] } };
}

async function growthOf(peer: Chosen, { progress }: SuiteContext): Promise<number> {
  const turns = late / early;
  progress.begin(`lstm.naive-loop ${peer.who}`, turns);
  return await withChild(peer, async (child) => {
    await child.prepare('naive', naive);
    let first = 0;
    let last = 0;
    for (let turn = 0; turn < turns; turn++) {
      last = bytesOf(child, (await child.run('naive', early)).residentBytes);
      if (turn === 0) first = last;
      progress.turn();
    }
    progress.end();
    return last / first;
  });
}

async function peakOf(peer: Chosen, { progress }: SuiteContext) {
  progress.begin(`lstm.char-512 ${peer.who}`, peakSteps);
  return await withChild(peer, async (child) => {
    const before = bytesOf(child, child.ready.residentBytes);
    await child.prepare('large', large);
    let ran: Ran | undefined;
    for (let step = 0; step < peakSteps; step++) {
      ran = await child.run('large', 1);
      progress.turn();
    }
    progress.end();
    return { bytes: bytesOf(child, ran?.peakBytes ?? null) - before, facts: child.ready.facts };
  });
}

async function withChild<T>({ who, command }: Chosen, use: (child: Child) => Promise<T>) {
  const child = await Child.start(who, command);
  try {
    return await use(child);
  } finally {
    await child.stop();
  }
}

function bytesOf({ who }: Child, bytes: number | null): number {
  if (bytes !== null) return bytes;
  throw new PeerError(
    `${who}: this system does not tell a process its memory in /proc; run it on Linux`,
  );
}
