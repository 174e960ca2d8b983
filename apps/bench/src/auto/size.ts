import type { Backend } from '@unroll/backend';
import { Adam } from '@unroll/optimizers';
import {
  type Auto,
  auto,
  type DeviceChoice,
  manualSeed,
  randomStream,
  tensor,
  useBackend,
} from '@unroll/tensor';
import { Trainer } from '@unroll/trainers';
import { Classifier } from '../classifier.ts';
import { median } from '../measure/statistics.ts';

/** One square of the grid. */
export interface Size {
  readonly hiddenSize: number;
  readonly batch: number;
}

/** Everything but what the grid changes. */
export const fixed = { time: 16, inputSize: 32, classes: 32 } as const;

/** How much is measured at a size. */
export interface Patience {
  /** Training steps on each backend in a round, of which the first two are not counted. */
  readonly steps: number;
  /** Rounds; the slower backend has one only where that took longer than `seconds`. */
  readonly rounds: number;
  readonly seconds: number;
}

/** Milliseconds of a training step, and what auto made of it. */
export interface SizeTimes {
  readonly cpu: number;
  readonly other: number;
  readonly choice: DeviceChoice;
  /** The time on the backend that auto chose as a multiple of the better one's. */
  readonly ratioToBetter: number;
}

/** Times a size on both backends by turns, and then has auto choose, which knows nothing of that. */
export async function measureSize(
  size: Size,
  cpu: Backend,
  other: Backend,
  { steps, rounds, seconds }: Patience,
): Promise<SizeTimes> {
  const times = { cpu: [] as number[], other: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.cpu.push(...(await train(size, cpu, steps, Infinity)));
    if (round === 0 || sum(times.other) < 1000 * seconds) {
      times.other.push(...(await train(size, other, steps, seconds)));
    }
  }
  const choices: DeviceChoice[] = [];
  await train(size, auto(other, { cpu, tell: (choice) => choices.push(choice) }), 1, Infinity);
  await atRest(other);
  const [mine, theirs] = [median(times.cpu), median(times.other)];
  const [choice] = choices;
  const chosen = choice.chosen === 'cpu' ? mine : theirs;
  return { cpu: mine, other: theirs, choice, ratioToBetter: chosen / Math.min(mine, theirs) };
}

/** Milliseconds of each step but the first two (or of the last, where there are no more), on what `where` says. */
async function train(
  { hiddenSize, batch }: Size,
  where: Backend | Auto,
  steps: number,
  seconds: number,
): Promise<number[]> {
  const before = useBackend(where);
  try {
    manualSeed(1);
    const model = new Classifier({ ...fixed, hiddenSize });
    const draws = randomStream('bench');
    const input = draws.uniform([batch, fixed.time, fixed.inputSize], { low: -1 });
    const target = draws.integers([batch, fixed.time], { high: fixed.classes });
    const ends: number[] = [];
    const stop = new AbortController();
    const started = performance.now();
    const onStep = () => {
      ends.push(performance.now());
      if (ends.length >= 3 && ends[ends.length - 1] - started > 1000 * seconds) stop.abort();
    };
    const optimizer = new Adam(model.parameters(), { lr: 1e-3 });
    const trainer = new Trainer({ model, optimizer, clip: { norm: 1 }, callbacks: [{ onStep }] });
    await trainer.fit({ train: [{ input, target }], steps, signal: stop.signal });
    return ends
      .slice(1)
      .map((end, i) => end - ends[i])
      .slice(Math.min(1, ends.length - 2));
  } finally {
    useBackend(before);
  }
}

/** Waits until a backend has done what was submitted to it: a step that auto has broken off goes on. */
async function atRest(backend: Backend): Promise<void> {
  const before = useBackend(backend);
  try {
    await tensor([1]).add(1).item();
  } finally {
    useBackend(before);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, x) => total + x, 0);
}
