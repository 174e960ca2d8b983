import { contiguousWindows } from '@unroll/datasets';
import { gpu } from '@unroll/gpu';
import { Thief } from '@unroll/gpu/testing/lose';
import { report } from '@unroll/gpu/testing/report';
import { LanguageModel } from '@unroll/models';
import { crossEntropy } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { currentBackend, manualSeed, mul, tensor, useBackend } from '@unroll/tensor';
import {
  type Callback,
  type FitOptions,
  type LossFunction,
  memoryCheckpoints,
  Trainer,
  type TrainerOptions,
} from '@unroll/trainers';
import { inWorker, tell } from './worker.ts';

/** The losses of short trainings, all of them of the same model but for one. */
export interface LifeFindings {
  readonly undisturbed: readonly number[];
  /** The device was lost after step 5, with a checkpoint at step 4. */
  readonly lost: readonly number[];
  /** Lost before step 7, when the losses of steps 5 and 6 lay on it. */
  readonly lostUnread: readonly number[];
  /** As in `lost`, and then on the CPU. */
  readonly toCpu: readonly number[];
  readonly endedOn: readonly string[];
  readonly sentence: string;
  /** The weights of six steps, and those that a run leaves whose seventh, read with others, is not a number. */
  readonly afterSix: readonly number[];
  readonly wreck: { readonly values: readonly number[]; readonly words: string };
  /** Another model by itself, and beside the first one. */
  readonly other: readonly number[];
  readonly sideBySide: readonly (readonly number[])[];
  /** What a value says that is asked for at once, and one that meets another GPU's. */
  readonly refusals: readonly string[];
  /** In a worker of the page. */
  readonly worker: readonly number[] | undefined;
}

const ids = Int32Array.from({ length: 61 }, (_, i) => (i * i + 3 * i) % 7);

/** Always the same at its start for a seed. */
function parts(seed: number, options: Partial<TrainerOptions>) {
  manualSeed(seed);
  const model = new LanguageModel({ vocabSize: 7, embeddingSize: 4, hiddenSize: 8 });
  const optimizer = new Adam(model.parameters(), { lr: 0.03 });
  return { model, trainer: new Trainer({ model, optimizer, clip: { norm: 1 }, ...options }) };
}

/** Trains for eight steps. */
async function losses(
  seed: number,
  callbacks: readonly Callback[] = [],
  options: Partial<FitOptions> = {},
): Promise<number[]> {
  const { trainer } = parts(seed, { callbacks });
  const { steps } = await trainer.fit({
    train: windows(),
    steps: 8,
    checkpoint: { to: memoryCheckpoints(), every: 4 },
    ...options,
  });
  return steps.map(({ loss }) => loss);
}

/** Windows before the n-th of which something happens. */
function windows(n = 0, happens?: () => Promise<void>) {
  const data = contiguousWindows(ids, { batchSize: 2, window: 6 });
  let given = 0;
  const batches = {
    async *[Symbol.asyncIterator]() {
      for (const batch of data) {
        if (++given === n) await happens?.();
        yield batch;
      }
    },
  };
  return Object.assign(batches, {
    length: data.length,
    stateDict: () => data.stateDict(),
    loadStateDict: (state: never) => data.loadStateDict(state),
  });
}

/** The weights after six steps, or where a run of eight stops whose seventh is not a number, and what it says. */
async function weights(broken: boolean): Promise<{ readonly values: number[]; words: string }> {
  let calls = 0;
  const loss: LossFunction = (output, target) => {
    const right = crossEntropy(output, target);
    return broken && ++calls === 7 ? mul(right, Number.NaN) : right;
  };
  const { model, trainer } = parts(1, { loss });
  const run = trainer.fit({ train: windows(), steps: broken ? 8 : 6, readEvery: 8 });
  const words = await run.then(
    () => '',
    (error: Error) => error.message,
  );
  const values: number[] = [];
  for (const w of model.parameters()) values.push(...(await w.data()));
  return { values, words };
}

async function findings(mode: 'webgpu' | 'webgl2'): Promise<LifeFindings> {
  const thief = new Thief();
  useBackend(await gpu({ mode }));
  const stolen = new Set<number>();
  const stealOnce = (run: number): Callback => ({
    async onStep({ step }) {
      if (step !== 5 || stolen.has(run)) return;
      stolen.add(run);
      await thief.steal(mode);
    },
  });
  const refusals = await refused(mode);
  const undisturbed = await losses(1);
  const lost = await losses(1, [stealOnce(1)]);
  const stealing = windows(7, () => thief.steal(mode));
  const lostUnread = await losses(1, [], { train: stealing, readEvery: 4 });
  const { values: afterSix } = await weights(false);
  const wreck = await weights(true);
  const other = await losses(2);
  const sideBySide = await Promise.all([losses(1), losses(2)]);
  const endedOn = [currentBackend().name];
  // This script again.
  const worker = place.document
    ? await inWorker<number[]>(`/page.js${location.search}`)
    : undefined;
  const sentence = await losses(1, [stealOnce(2)], { onDeviceLost: 'throw' }).then(
    () => '',
    (error: Error) => error.message,
  );
  useBackend(await gpu({ mode }));
  const toCpu = await losses(1, [stealOnce(3)], { onDeviceLost: 'cpu' });
  endedOn.push(currentBackend().name);
  return {
    ...{ undisturbed, lost, lostUnread, toCpu, endedOn, sentence, afterSix, wreck },
    ...{ other, sideBySide, refusals, worker },
  };
}

async function refused(mode: 'webgpu' | 'webgl2'): Promise<string[]> {
  const here = tensor([1]);
  const before = useBackend(await gpu({ mode }));
  const there = tensor([2]).add(1);
  useBackend(before);
  return [() => here.dataSync(), () => here.add(there)].map((run) => {
    try {
      return String(run());
    } catch (error) {
      return (error as Error).message;
    }
  });
}

/** Node has neither. */
const place = globalThis as { location?: Location; document?: unknown };

async function asWorker(mode: 'webgpu' | 'webgl2'): Promise<number[]> {
  useBackend(await gpu({ mode }));
  return losses(1);
}

if (place.location && !place.document) {
  tell(asWorker(place.location.search === '?webgl2' ? 'webgl2' : 'webgpu'));
} else report(findings);
