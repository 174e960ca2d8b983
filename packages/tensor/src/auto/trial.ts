import { type Backend, UnrollError } from '@unroll/backend';
import type { Tensor } from '../core/tensor.ts';
import { randomState, setRandomState } from '../random/random.ts';
import { Copies } from './copies.ts';
import type { Contestant } from './race.ts';
import type { Workplace } from './workplace.ts';

/** The first steps of a run, to be timed. */
export interface Trial {
  /** The kind of run, for the reader: `fit`. */
  readonly run: string;
  /** What the time of a step depends on, in words: the model, the shapes, what else is computed. */
  readonly program: string;
  /** What steps read and write. */
  readonly tensors: Iterable<Tensor>;
  /** Breaks the measurement off; then the run stays on the CPU. */
  readonly signal?: AbortSignal | undefined;
  /** How many steps the run reads together on a backend that cannot be read at once; default 1. */
  readonly together?: number;
  /** Prepares steps at a workplace: a function that does so many of them and resolves when their last result was read. */
  begin(place: Workplace): Promise<(steps: number) => Promise<unknown>>;
  /** Takes back what steps have changed beside tensors and random numbers. */
  end?(): void;
}

/** A backend on which a trial is timed, on copies that every turn makes anew. */
export function contestant(trial: Trial, backend: Backend): Contestant {
  const { tensors, together = 1, begin, end } = trial;
  let place: TrialPlace | undefined;
  return {
    together: backend.readSync ? 1 : together,
    begin() {
      place = new TrialPlace(new Copies(backend, tensors));
      return begin(place);
    },
    end() {
      if (place) place.isOver = true;
      end?.();
    },
  };
}

/** Copies on which every function draws the same random numbers: those that the run will draw. */
class TrialPlace implements Workplace {
  /** A step that was broken off goes on one day: it must not change anything any more. */
  isOver = false;
  readonly #copies: Copies;

  constructor(copies: Copies) {
    this.#copies = copies;
  }

  within<T>(fn: () => T): T {
    if (this.isOver) throw new UnrollError('auto', 'the measurement is over');
    const random = randomState();
    try {
      return this.#copies.within(fn);
    } finally {
      setRandomState(random);
    }
  }

  bring: Workplace['bring'] = (x) => this.#copies.bring(x);
}
