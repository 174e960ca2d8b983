import type { Backend } from '@unroll/backend';
import { currentBackend } from '@unroll/tensor';
import { fixed, measureSize, type Patience, type Size, type SizeTimes } from '../auto/size.ts';
import { PeerError } from '../measure/child.ts';
import { busyNote, IdleWatch } from '../measure/idle.ts';
import { grouped } from '../report/numbers.ts';
import type { Findings, Suite, SuiteContext } from './suite.ts';

const hiddenSizes = [32, 128, 512];
const batches = [1, 4, 16, 64];
const grid: readonly Size[] = hiddenSizes.flatMap((hiddenSize) =>
  batches.map((batch) => ({ hiddenSize, batch })),
);

/** Steps of a round, rounds at most, and seconds after which a slow backend has had enough. */
const usual = { steps: 22, rounds: 3, seconds: 3 };

/** Whether `auto` finds the faster of CPU and GPU, at twelve sizes of an LSTM that is trained. */
export const auto = autoSuite(onGpu, usual);

/** {@link auto} with the GPU and the patience handed in, for its test. */
export function autoSuite(makeGpu: () => Promise<Backend & Adapter>, patience: Patience): Suite {
  return {
    name: 'auto',
    summary: 'does auto choose the faster of CPU and GPU, at 12 sizes?',
    kinds: [],
    async run({ only = '', pace, progress }: SuiteContext) {
      const wanted = grid.filter((size) => nameOf(size).includes(only));
      const [cpu, gpu] = [currentBackend(), await theGpu(makeGpu)];
      const found: [Size, SizeTimes][] = [];
      const watch = new IdleWatch();
      progress.begin('auto', wanted.length);
      for (const size of wanted) {
        const rounds = Math.min(patience.rounds, pace.rounds);
        found.push([size, await measureSize(size, cpu, gpu, { ...patience, rounds })]);
        await watch.pause(pace.pause);
        progress.turn();
      }
      progress.end();
      return {
        metrics: Object.assign({}, ...found.map(metricsOf)),
        tables: [
          {
            head: ['', cpu.name, 'gpu', 'unit', 'auto takes', 'ratio to the better'],
            rows: found.map(rowOf),
          },
        ],
        notes: [`the GPU is ${gpu.mode}, ${gpu.adapter}`, ...busyNote('auto', watch)],
        config: { hiddenSizes, batches, ...fixed, ...patience },
        peers: {},
      } satisfies Findings;
    },
  };
}

/** What a GPU says of itself. */
interface Adapter {
  readonly mode: string;
  readonly adapter: string;
}

async function onGpu(): Promise<Backend & Adapter> {
  const { gpu } = await import('@unroll/gpu');
  return gpu();
}

async function theGpu(make: () => Promise<Backend & Adapter>): Promise<Backend & Adapter> {
  try {
    return await make();
  } catch (error) {
    throw new PeerError(error instanceof Error ? error.message : String(error));
  }
}

function nameOf({ hiddenSize, batch }: Size): string {
  return `auto.h${hiddenSize}-b${batch}`;
}

function metricsOf([size, { cpu, other, ratioToBetter }]: [Size, SizeTimes]) {
  const name = nameOf(size);
  return {
    [`${name}.cpu.millisecondsPerStep`]: cpu,
    [`${name}.gpu.millisecondsPerStep`]: other,
    [`${name}.auto.ratioToBetter`]: ratioToBetter,
  };
}

function rowOf([size, { cpu, other, choice, ratioToBetter }]: [Size, SizeTimes]): string[] {
  const times = [cpu, other].map(grouped);
  return [nameOf(size), ...times, 'ms a step', choice.backend, grouped(ratioToBetter)];
}
