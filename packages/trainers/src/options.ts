import { OptionError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import type { Optimizer, Schedule } from '@unroll/optimizers';
import type { Sequence, Tensor } from '@unroll/tensor';
import type { Callback } from './callback.ts';
import type { CheckpointStore } from './checkpoint.ts';
import { type Data, hasPosition } from './data.ts';
import type { TrainingWarning } from './warnings/warning.ts';

/** A scalar that says how wrong an output is. */
export type LossFunction = (output: Tensor | Sequence, target: Tensor | Sequence) => Tensor;

/**
 * What keeps gradients small: their global L2 norm at most `norm`, or each element within ±`value`; and, where they
 * vanish, at least `min` (off by default). See `clipGradNorm` and `clipGradValue`.
 */
export type Clip =
  | { readonly norm: number; readonly min?: number }
  | { readonly value: number; readonly min?: number };

export interface TrainerOptions {
  /** A sequence model, `forward(input, state?) → { output, state }`, or a module that gives its output alone. */
  model: Module;
  optimizer: Optimizer;
  /** Mean loss of a batch; default: `crossEntropy`, over all tokens. */
  loss?(output: Tensor | Sequence, target: Tensor | Sequence): Tensor;
  /** Default: none. */
  clip?: Clip;
  /** Stepped after every training step; `ReduceLROnPlateau` after every validation, with its loss. Default: none. */
  schedule?: Schedule;
  /**
   * Truncated backpropagation through time (Williams and Peng 1990): batches with more than `window` steps are learned
   * in several steps, with the state carried and the gradient cut between them. Default: a batch is one step.
   */
  tbptt?: { window: number };
  /** Default: none. */
  callbacks?: readonly Callback[];
  /**
   * The id of unknown words (`<unk>`) in what the model reads: where it stands for more than a tenth, the trainer warns.
   * Default: nothing is counted.
   */
  unkId?: number;
  /** Is told, once for each kind, what seldom goes with a net that learns. Default: `console.warn`. */
  onWarning?(warning: TrainingWarning): void;
  /** What `manualSeed` is called with when a run starts anew; default: it is not called. */
  seed?: number;
}

/** What a trainer is made of, with its loss. */
export type Parts = Omit<TrainerOptions, 'loss'> & { readonly loss: LossFunction };

export interface FitOptions {
  /** `contiguousWindows(…)`, an array of batches, or whatever gives batches. */
  train: Data;
  /** Default: no validation. */
  valid?: Data;
  /** How many training steps in all, those before an interruption included. */
  steps?: number;
  /** How many epochs in all. With both, the first to be reached ends the run. */
  epochs?: number;
  /**
   * How many steps' losses are read together where reading waits for a device, as on a GPU. History, validations and
   * checkpoints are the same to the bit for any number, and so is where a loss that is not finite stops the run; only the
   * news of it comes later. On the CPU every loss is read at once. Default: as many as take half a second, at most 32; 1
   * with a callback that has `onStep`.
   */
  readEvery?: number;
  /** Steps between validations; default: one at the end of each epoch. The run's end is always validated. */
  validateEvery?: number;
  /** Stops after the current step; the checkpoint is written and the history returned. */
  signal?: AbortSignal;
  /**
   * Where checkpoints go, and how many steps lie between them; default: `validateEvery`, else one at the end of each
   * epoch. The end is always saved. A run that starts anew replaces what an earlier one has left there.
   */
  checkpoint?: { to: CheckpointStore; every?: number };
  /** Go on from the latest checkpoint, or start anew when there is none. Default false. */
  resume?: boolean;
  /**
   * What to do when the device is lost (a GPU whose driver was reset, or that a browser took away): `'resume'` goes on
   * from the last checkpoint on a fresh device, `'cpu'` from there on the CPU, which then is the current backend;
   * `'throw'` leaves it to the caller. Nothing but the steps since that checkpoint is lost; without `checkpoint` it is an
   * error. Default `'resume'`.
   */
  onDeviceLost?: 'resume' | 'cpu' | 'throw';
  /** Stop when so many validations in a row brought no smaller loss; default: never. */
  patience?: number;
  /** Whether the model has the weights of its best validation at the end; default: with `patience`. */
  restoreBest?: boolean;
}

const trainerNames = [
  'model',
  'optimizer',
  'loss',
  'clip',
  'schedule',
  'tbptt',
  'callbacks',
  'unkId',
  'onWarning',
  'seed',
] as const satisfies readonly (keyof TrainerOptions)[];

const fitNames = [
  'train',
  'valid',
  'steps',
  'epochs',
  'readEvery',
  'validateEvery',
  'signal',
  'checkpoint',
  'resume',
  'onDeviceLost',
  'patience',
  'restoreBest',
] as const satisfies readonly (keyof FitOptions)[];

/** @throws OptionError listing everything that is wrong */
export function checkTrainer(options: TrainerOptions): void {
  const { model, optimizer, clip, tbptt } = options;
  refuse('Trainer', [
    ...unknown('', options, trainerNames),
    ...unknown('clip.', clip, ['norm', 'value', 'min']),
    ...unknown('tbptt.', tbptt, ['window']),
    model ? [] : 'model is missing',
    optimizer ? [] : 'optimizer is missing',
    clip && 'norm' in clip === 'value' in clip ? 'clip must have either norm or value' : [],
    ...Object.entries(clip ?? {}).map(([name, x]) => positive(`clip.${name}`, x)),
    whole('tbptt.window', tbptt?.window),
  ]);
}

/** @throws OptionError listing everything that is wrong */
export function checkFit(options: FitOptions, callbacks: readonly Callback[] = []): void {
  const { train, valid, steps, epochs, readEvery, validateEvery, checkpoint, patience } = options;
  const needsValid = (['validateEvery', 'patience', 'restoreBest'] as const).filter(
    (name) => !valid && options[name],
  );
  refuse('Trainer.fit', [
    ...unknown('', options, fitNames),
    ...unknown('checkpoint.', checkpoint, ['to', 'every']),
    train ? [] : 'train is missing',
    steps === undefined && epochs === undefined ? 'say how long: steps or epochs' : [],
    whole('steps', steps),
    whole('epochs', epochs),
    whole('readEvery', readEvery),
    readEvery !== undefined && readEvery !== 1 && callbacks.some(({ onStep }) => onStep)
      ? 'readEvery must be 1 with a callback that has onStep, which is called at every step; onRead is called when losses are read'
      : [],
    whole('validateEvery', validateEvery),
    whole('patience', patience),
    whole('checkpoint.every', checkpoint?.every),
    checkpoint && !checkpoint.to ? 'checkpoint.to is missing' : [],
    options.resume && !checkpoint ? 'resume needs checkpoint: { to }, where the run was saved' : [],
    oneOf('onDeviceLost', options.onDeviceLost, ['resume', 'cpu', 'throw']),
    ...needsValid.map((name) => `${name} needs valid`),
    checkpoint && train && !Array.isArray(train) && !hasPosition(train)
      ? 'train has no stateDict() and loadStateDict(), so a checkpoint could not hold its position. Use contiguousWindows, an array or mapData.'
      : [],
  ]);
}

function unknown(prefix: string, options: object | undefined, known: readonly string[]): string[] {
  return Object.keys(options ?? {})
    .filter((name) => !known.includes(name))
    .map((name) => `there is no option '${prefix}${name}'; there are ${known.join(', ')}`);
}

function whole(name: string, value: number | undefined): string | [] {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return [];
  return `${name} must be a whole number of at least 1; got ${value}`;
}

function oneOf(name: string, value: unknown, words: readonly string[]): string | [] {
  if (value === undefined || words.includes(value as string)) return [];
  return `${name} must be one of ${words.join(', ')}; got '${String(value)}'`;
}

function positive(name: string, value: unknown): string | [] {
  if (typeof value === 'number' && value > 0 && value < Infinity) return [];
  return `${name} must be a number above 0; got ${String(value)}`;
}

function refuse(operation: string, found: readonly (string | [])[]): void {
  const wrong = found.flat();
  if (wrong.length > 0) throw new OptionError(operation, wrong.join('; '), { wrong });
}
