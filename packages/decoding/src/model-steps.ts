import {
  here,
  readingPlace,
  StepMemory,
  type Tensor,
  type Trial,
  type Weighted,
  type Workplace,
} from '@unroll/tensor';
import { evaluate, lastRows } from './evaluation.ts';
import type { SequenceModel } from './sequence-model.ts';

/** How steps begin. */
export interface Beginning<State> {
  /** Makes what is read first, `[batch, time, …]`. */
  readonly first: () => Tensor;
  /** Makes something of the shape of what is read later, `[rows, 1, …]`. */
  readonly later: () => Tensor;
  /** Which of the batch each of those rows goes on from. */
  readonly rows: readonly number[];
  /** The state before it; undefined: the model's own start. */
  readonly state: State | undefined;
  /** Rows of a state. */
  readonly select: (state: State, rows: readonly number[]) => State;
  readonly signal: AbortSignal | undefined;
}

type Result<State> = ReturnType<SequenceModel<State>['forward']>;

/** Takes out what else is wanted of what the model gives; `last` are the rows of its last step. */
type Look<State, X> = (result: Result<State>, last: Tensor) => X;

/**
 * A model that reads on and on, in evaluation mode: under `auto` on the faster device, with its state carried from step to
 * step, and with what a step has made freed at its end.
 */
export class ModelSteps<State> {
  readonly #operation: string;
  readonly #model: SequenceModel<State>;
  readonly #place: Workplace;
  readonly #select: Beginning<State>['select'];
  readonly #memory: StepMemory;
  #state: State | undefined;

  private constructor(
    operation: string,
    model: SequenceModel<State>,
    { state, select }: Beginning<State>,
    place: Workplace,
  ) {
    this.#operation = operation;
    this.#model = model;
    this.#place = place;
    this.#select = select;
    this.#memory = new StepMemory(`a step of ${operation}`);
    this.#state = state;
  }

  static async begin<State>(
    operation: string,
    model: SequenceModel<State>,
    beginning: Beginning<State>,
  ): Promise<ModelSteps<State>> {
    const place = isWeighted(model)
      ? await readingPlace(model, trialOf(operation, model, beginning))
      : here;
    return new ModelSteps(operation, model, beginning, place);
  }

  /**
   * Reads on.
   *
   * @param given makes what is read, `[rows, time, …]`
   * @returns what the model says last, `[rows, n]`, to be read before `release`; and what `look` has taken, which stays until
   * the next step is released
   */
  read<X>(
    given: () => Tensor,
    look?: Look<State, X>,
  ): { readonly last: Tensor; readonly seen: X | undefined } {
    const { state, last, seen } = this.#compute(() =>
      step(this.#operation, this.#model, given, this.#state, look),
    );
    [this.#state] = this.#memory.carry([state, seen]);
    return { last, seen };
  }

  /** Row i goes on from where row `rows[i]` stands. */
  select(rows: readonly number[]): void {
    const state = this.#state as State;
    const selected = () => evaluate(this.#model, () => this.#select(state, rows));
    this.#state = this.#memory.carry(this.#compute(selected));
  }

  /** Ends a step: what was made in it is freed, all but what is carried. */
  release(): void {
    this.#memory.release();
  }

  #compute<T>(fn: () => T): T {
    return this.#place.within(() => this.#memory.run(fn));
  }
}

/** One call of the model. */
function step<State, X>(
  operation: string,
  model: SequenceModel<State>,
  given: () => Tensor,
  before: State | undefined,
  look?: Look<State, X>,
) {
  return evaluate(model, () => {
    const x = given();
    const result = model.forward(x, before);
    const last = lastRows(operation, result.output, x.shape[0]);
    return { last, state: result.state, seen: look?.(result, last) };
  });
}

function isWeighted<State>(model: SequenceModel<State>): model is SequenceModel<State> & Weighted {
  return typeof model.stateDict === 'function';
}

/** The step after the first, to be timed again and again. */
function trialOf<State>(
  operation: string,
  model: SequenceModel<State>,
  { first, later, rows, state: start, select, signal }: Beginning<State>,
): Omit<Trial, 'tensors'> {
  return {
    run: operation,
    program: `${model}; ${rows.length} rows`,
    signal,
    async begin(place) {
      const read = place.within(() => step(operation, model, first, start));
      const state = place.within(() => evaluate(model, () => select(read.state, rows)));
      return () => place.within(() => step(operation, model, later, state)).last.data();
    },
  };
}
