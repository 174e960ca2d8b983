import { type Backend, DeviceLostError, OutOfMemoryError } from '@unroll/backend';
import { currentAuto, currentBackend, moveToBackend, Sequence, useBackend } from '@unroll/tensor';
import { type CheckpointStore, memoryCheckpoints, toCheckpoint } from './checkpoint.ts';
import { type Data, prepared } from './data.ts';
import { partsOf } from './forward.ts';
import { parametersOf } from './gradients.ts';
import type { FitOptions, Parts } from './options.ts';
import type { RunState } from './run.ts';

/** How often in a row a run may lose its device without a new checkpoint in between. */
const PATIENCE = 3;

/** Steps in a row. */
export interface Steps {
  readonly first: number;
  readonly last: number;
}

export function inWords({ first, last }: Steps): string {
  return first === last ? `step ${first}` : `steps ${first} to ${last}`;
}

/** What a run does when its device fails. */
export class DeviceLoss {
  readonly #parts: Parts;
  readonly #options: FitOptions;
  /** The run at its beginning, until it has a checkpoint. */
  #beginning: CheckpointStore | undefined;
  /** Losses since the last checkpoint. */
  #losses = 0;
  readonly #lost = new Set<Backend>();

  constructor(parts: Parts, options: FitOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** Data whose batches lie where the run is, also those that were made on a device before it was lost. */
  reachable(data: Data): Data {
    return prepared(data, async (batch) => {
      if (this.#lost.size === 0) return;
      const tensors = Object.values(partsOf(batch)).map((x) =>
        x instanceof Sequence ? x.rows : x,
      );
      const behind = tensors.filter(({ storage }) => this.#lost.has(storage.backend));
      await moveToBackend(currentBackend(), behind);
    });
  }

  /** A run starts anew, in this state. On a device that cannot be lost nothing is kept of it. */
  async begin(state: () => RunState): Promise<void> {
    const canBeLost = currentBackend().renew || currentAuto();
    if (!this.#options.checkpoint || !canBeLost) return;
    this.#beginning = memoryCheckpoints();
    await this.#beginning.save(toCheckpoint(0, state()));
  }

  /** A checkpoint was saved: the run gets on. */
  progressed(): void {
    this.#beginning = undefined;
    this.#losses = 0;
  }

  /**
   * Makes another backend the current one and moves the model there, whose values are then to be loaded.
   *
   * @param steps that could not be done, or were done and cannot be known
   * @param kept where the last checkpoint is, for an error
   * @returns where to go on from
   * @throws the error itself, with what would help, where the run cannot go on
   */
  async leave(thrown: unknown, steps: Steps, kept: string): Promise<CheckpointStore> {
    if (thrown instanceof OutOfMemoryError) throw atStep(OutOfMemoryError, thrown, steps, kept);
    const error = thrown instanceof DeviceLostError ? thrown : await this.#lossBehind();
    if (!error) throw thrown;
    const { checkpoint, onDeviceLost } = this.#options;
    this.#losses++;
    const obstacle = checkpoint ? obstacleTo(onDeviceLost, this.#losses) : withoutCheckpoint;
    if (!checkpoint || obstacle) throw atStep(DeviceLostError, error, steps, `${kept} ${obstacle}`);
    const { model, optimizer } = this.#parts;
    const lost = parametersOf(optimizer)[0].storage.backend;
    this.#lost.add(lost);
    if (onDeviceLost === 'cpu') useBackend(undefined);
    else {
      await renew(lost).catch((cause: unknown) => {
        throw atStep(DeviceLostError, error, steps, `${kept} ${noFresh(cause)}`, cause);
      });
    }
    await moveToBackend(currentBackend(), Object.values(model.stateDict()), { ifLost: 'zeros' });
    await moveToBackend(currentBackend(), parametersOf(optimizer));
    optimizer.zeroGrad();
    return this.#beginning ?? checkpoint.to;
  }

  /**
   * The loss that made a step fail in another way: a run beside this one has met it first and has changed the current
   * backend, so that new tensors lie there while the model is on the lost one.
   */
  async #lossBehind(): Promise<DeviceLostError | undefined> {
    const [first] = parametersOf(this.#parts.optimizer);
    if (first.storage.backend === currentBackend()) return undefined;
    return first.data().then(
      () => undefined,
      (error: unknown) => (error instanceof DeviceLostError ? error : undefined),
    );
  }
}

/** Has a fresh device in the place of a lost one, unless a run beside this one has met the loss first and seen to that. */
async function renew(lost: Backend): Promise<void> {
  if (currentBackend() === lost) useBackend(await lost.renew?.());
  const auto = currentAuto();
  const other = await auto?.other.catch(() => undefined);
  const fresh = other === lost ? await lost.renew?.() : undefined;
  if (fresh) auto?.replaceOther(fresh);
}

const withoutCheckpoint =
  'There is no checkpoint to go on from: give fit one, as checkpoint: { to: memoryCheckpoints(), every: 100 }.';
const tryCpu = "onDeviceLost: 'cpu' goes on on the CPU.";

function obstacleTo(asked: FitOptions['onDeviceLost'], losses: number): string | undefined {
  if (asked === 'throw') return "onDeviceLost: 'throw' has stopped the run.";
  if (losses <= PATIENCE) return undefined;
  return `It was lost ${losses} times without a new checkpoint in between. ${tryCpu}`;
}

function noFresh(cause: unknown): string {
  return `There is no fresh device: ${cause instanceof Error ? cause.message : String(cause)}. ${tryCpu}`;
}

function atStep(
  Kind: typeof DeviceLostError | typeof OutOfMemoryError,
  error: DeviceLostError | OutOfMemoryError,
  steps: Steps,
  words: string,
  cause: unknown = error,
) {
  return new Kind(
    'Trainer.fit',
    `${inWords(steps)}: ${error.message}${words}`,
    { ...error.details, step: steps.first },
    cause,
  );
}
