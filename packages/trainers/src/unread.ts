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

/** A step that was submitted and whose loss lies on the device still, with what it takes to do it again. */
export interface UnreadStep {
  readonly about: Omit<StepRecord, 'loss' | 'gradNorm'>;
  readonly loss: Tensor;
  readonly norm: Tensor;
  readonly window: Window;
  /** The random state that it began with. */
  readonly random: RandomState;
}

/** Steps whose losses are read together: they and their windows outlive the end of each step. */
export class UnreadSteps {
  readonly #memory: StepMemory;
  #steps: UnreadStep[] = [];

  /** @param memory that of the steps, where what is given up here is freed */
  constructor(memory: StepMemory) {
    this.#memory = memory;
  }

  get size(): number {
    return this.#steps.length;
  }

  add(step: UnreadStep): void {
    replaceHeld(undefined, tensorsOf(step));
    this.#steps.push(step);
  }

  /** Waits for the device, once; the steps stay. */
  async read(place: Workplace): Promise<StepRecord[]> {
    const handles = this.#steps.flatMap(({ loss, norm }) => [loss, norm]);
    const values = await readTogether(place, handles, this.#memory);
    return this.#steps.map(({ about: { step, epoch, lr, tokens } }, i) => ({
      ...{ step, epoch, loss: values[2 * i], gradNorm: values[2 * i + 1], lr, tokens },
    }));
  }

  /** Gives the steps up. */
  take(): readonly UnreadStep[] {
    const steps = this.#steps;
    this.#steps = [];
    this.#memory.run(() => replaceHeld(steps.map(tensorsOf), undefined));
    return steps;
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
