import {
  assign,
  mapState,
  mul,
  noGrad,
  type StateTree,
  StepMemory,
  type Tensor,
  type Workplace,
} from '@unroll/tensor';
import type { Parts } from './options.ts';
import { weightsOf } from './trial.ts';

/** All that a training step changes, before it did. */
interface Before {
  readonly weights: readonly (readonly [weight: Tensor, value: Tensor])[];
  readonly optimizer: ReturnType<Parts['optimizer']['stateDict']>;
  readonly schedule: unknown;
  readonly carried: StateTree | undefined;
}

/** A run before steps that nobody has looked at yet, in copies on its device: should one of them go wrong, it goes back there. */
export class Snapshot {
  readonly #parts: Parts;
  readonly #memory = new StepMemory('the training steps that are read together');
  #before: Before | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  take(place: Workplace, carried: StateTree | undefined): void {
    this.drop();
    const { optimizer, schedule } = this.#parts;
    this.#before = place.within(() =>
      this.#memory.run(() => ({
        weights: weightsOf(this.#parts).map((w) => [w, copy(w)] as const),
        optimizer: optimizer.stateDict(),
        schedule: schedule?.stateDict(),
        carried: carried && mapState(carried, copy),
      })),
    );
  }

  /** Writes everything back; gives the state that was carried. */
  restore(place: Workplace): StateTree | undefined {
    const { optimizer, schedule } = this.#parts;
    const before = this.#before as Before;
    place.within(() => {
      for (const [weight, value] of before.weights) assign(weight, value, 'Trainer.fit');
      optimizer.loadStateDict(before.optimizer);
    });
    schedule?.loadStateDict(before.schedule as never);
    return before.carried;
  }

  /** Gives up the copies. */
  drop(): void {
    this.#before = undefined;
    this.#memory.release();
  }
}

function copy(x: Tensor): Tensor {
  return noGrad(() => mul(x, 1));
}
