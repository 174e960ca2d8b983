import {
  here,
  readingPlace,
  StepMemory,
  type Tensor,
  type Trial,
  tensor,
  type Weighted,
  type Workplace,
} from '@unroll/tensor';
import { evaluate, lastScores } from './evaluation.ts';
import type { SequenceModel } from './sequence-model.ts';

/** How steps begin. */
export interface Beginning<State> {
  /** What is read first, for each of the batch; all of one length. */
  readonly prompts: readonly ArrayLike<number>[];
  /** The state before it; undefined: the model's own start. */
  readonly state: State | undefined;
  /** How many rows are followed for each of the batch from then on. */
  readonly width: number;
  /** Rows of a state. */
  readonly select: (state: State, rows: readonly number[]) => State;
  readonly signal: AbortSignal | undefined;
}

type Result<State> = ReturnType<SequenceModel<State>['forward']>;

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
   * Reads more ids of each row.
   *
   * @param look takes out what else is wanted of what the model gives
   * @returns the scores `[rows, classes]` of what follows, with what `look` has taken; both to be read before `release`
   */
  read<X>(
    ids: readonly ArrayLike<number>[],
    look?: (result: Result<State>) => X,
  ): { readonly scores: Tensor; readonly seen: X | undefined } {
    const { state, ...found } = this.#compute(() =>
      step(this.#operation, this.#model, ids, this.#state, look),
    );
    this.#state = this.#memory.carry(state);
    return found;
  }

  /** Row i goes on from where row `rows[i]` stands. */
  select(rows: readonly number[]): void {
    const state = this.#state as State;
    const selected = () => evaluate(this.#model, () => this.#select(state, rows));
    this.#state = this.#memory.carry(this.#compute(selected));
  }

  /** Ends a step: what was made in it is freed, all but the state. */
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
  ids: readonly ArrayLike<number>[],
  before: State | undefined,
  look?: (result: Result<State>) => X,
) {
  const values = Int32Array.from(ids.flatMap((row) => Array.from(row)));
  return evaluate(model, () => {
    const given = tensor(values, { shape: [ids.length, ids[0].length] });
    const result = model.forward(given, before);
    const scores = lastScores(operation, result.output, ids.length);
    return { scores, state: result.state, seen: look?.(result) };
  });
}

function isWeighted<State>(model: SequenceModel<State>): model is SequenceModel<State> & Weighted {
  return typeof model.stateDict === 'function';
}

/** The step after the prompts, to be timed again and again. */
function trialOf<State>(
  operation: string,
  model: SequenceModel<State>,
  { prompts, width, state: start, select, signal }: Beginning<State>,
): Omit<Trial, 'tensors'> {
  const rows = prompts.flatMap((_, i) => new Array<number>(width).fill(i));
  return {
    run: operation,
    program: `${model}; ${rows.length} rows`,
    signal,
    async begin(place) {
      const read = place.within(() => step(operation, model, prompts, start));
      const state = place.within(() => evaluate(model, () => select(read.state, rows)));
      const last = rows.map((row) => Array.from(prompts[row]).slice(-1));
      return () => place.within(() => step(operation, model, last, state)).scores.data();
    },
  };
}
