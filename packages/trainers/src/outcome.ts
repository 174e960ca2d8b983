import { ReduceLROnPlateau, StepLR } from '@unroll/optimizers';
import { randomState, type Tensor } from '@unroll/tensor';
import { type Checkpoint, type CheckpointStore, memoryCheckpoints } from './checkpoint.ts';
import type { FitOptions } from './options.ts';
import { timeless, toy } from './toy.ts';

/** What a run may be made with. */
export type Setting = NonNullable<Parameters<typeof toy>[0]> & {
  readonly fit?: Partial<FitOptions>;
};

/** The values of tensors by name, read. */
export async function values(
  tensors: Readonly<Record<string, Tensor>>,
): Promise<Record<string, unknown>> {
  const entries = Object.entries(tensors).map(async ([name, x]) => [name, [...(await x.data())]]);
  return Object.fromEntries(await Promise.all(entries));
}

/** Memory that remembers every checkpoint that it was given, but for what the clock says. */
export function allCheckpoints() {
  const saved: unknown[] = [];
  const to = memoryCheckpoints();
  const store: CheckpointStore = {
    ...to,
    async save(checkpoint: Checkpoint) {
      const json = checkpoint.json.replace(/"(seconds|waiting)":[^,]*/g, '');
      saved.push({ step: checkpoint.step, json, tensors: await values(checkpoint.tensors) });
      await to.save(checkpoint);
    },
  };
  return { saved, store };
}

/** What a run leaves behind: everything that could differ. */
export async function outcome({ fit = {}, ...setting }: Setting = {}) {
  const parts = toy(setting);
  const { saved, store } = allCheckpoints();
  const { trainer, train, valid, model, optimizer } = parts;
  const checkpoint = { to: store, every: 3 };
  const history = await trainer.fit({ train, valid, steps: 11, checkpoint, ...fit });
  const { state, ...remembered } = optimizer.stateDict();
  return {
    history: timeless(history),
    saved,
    remembered,
    state: await values(state),
    weights: await values(model.stateDict()),
    random: randomState(),
  };
}

/** Runs that differ in what they carry from step to step. */
export const settings: Readonly<Record<string, Setting>> = {
  'with a carried state': {},
  'with windows and a schedule': {
    tbptt: { window: 2 },
    makeSchedule: (optimizer) => new StepLR(optimizer, { stepSize: 2, gamma: 0.5 }),
    fit: { validateEvery: 5 },
  },
  'with patience and a rate that falls at plateaus': {
    makeSchedule: (adam) => new ReduceLROnPlateau(adam, { factor: 0.5, patience: 0 }),
    fit: { validateEvery: 2, patience: 2 },
  },
  'of whole epochs': { fit: { steps: undefined as never, epochs: 2 } },
};
