import {
  concat,
  noGrad,
  type RandomState,
  replaceHeld,
  reshape,
  type StepMemory,
  type Tensor,
  type Workplace,
} from '@unroll/tensor';
import type { Window } from './feed.ts';
import type { StepRecord } from './history.ts';

/** A step's record without what has to be read. */
export type About = Omit<StepRecord, 'loss' | 'gradNorm'>;

/** A step that was submitted and whose loss lies on the device still, with what it takes to do it again. */
export interface UnreadStep {
  readonly about: About;
  readonly loss: Tensor;
  readonly norm: Tensor;
  readonly window: Window;
  /** The random state that it began with. */
  readonly random: RandomState;
}

/** Steps whose losses are read together: these and their windows outlive the end of each step. */
export class UnreadSteps {
  readonly #memory: StepMemory;
  #steps: UnreadStep[] = [];

  /** @param memory that of the steps, where what is given up here is freed */
  constructor(memory: StepMemory) {
    this.#memory = memory;
  }

  get steps(): readonly UnreadStep[] {
    return this.#steps;
  }

  add(step: UnreadStep): void {
    replaceHeld(undefined, tensorsOf(step));
    this.#steps.push(step);
  }

  /** Loss and norm of each: waits for the device, once. */
  async read(place: Workplace): Promise<(readonly [loss: number, norm: number])[]> {
    const handles = this.#steps.flatMap(({ loss, norm }) => [loss, norm]);
    const values = await readTogether(place, handles, this.#memory);
    return this.#steps.map((_, i) => [values[2 * i], values[2 * i + 1]]);
  }

  /** Gives the steps up. */
  drop(): void {
    const steps = this.#steps;
    this.#steps = [];
    this.#memory.run(() => {
      for (const step of steps) replaceHeld(tensorsOf(step), undefined);
    });
  }
}

function tensorsOf({ loss, norm, window }: UnreadStep) {
  return [loss, norm, window];
}

/** Numbers that lie on a device, in one reading. */
export async function readTogether(
  place: Workplace,
  scalars: readonly Tensor[],
  memory: StepMemory,
): Promise<readonly number[]> {
  const joined = () => noGrad(() => concat(scalars.map((x) => reshape(x, [1]))));
  return Array.from(await place.within(() => memory.run(joined)).data());
}
