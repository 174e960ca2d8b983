import { AutogradError, IndexError } from '@unroll/backend';
import { eigenvalues, identity, type Matrix, magnitude, product, spectralNorm } from './matrix.ts';

/** The step Jacobians of one sequence, in the order in which the layer walks: the other direction begins at the end. */
export class SequenceJacobians {
  /** The time step of each entry of the lists below. */
  readonly times: readonly number[];
  /** J_t = ∂s_t/∂s_{t−1}: row k is the gradient of unit k. The first one leads back to the initial state. */
  readonly steps: readonly Matrix[];
  readonly #states: readonly { readonly name: string; readonly size: number }[];
  readonly #arriving: readonly (readonly number[])[] | undefined;
  #products: readonly Matrix[] | undefined;
  #norms: readonly number[] | undefined;
  #productNorms: readonly number[] | undefined;
  #radii: readonly number[] | undefined;

  constructor(
    times: readonly number[],
    steps: readonly Matrix[],
    states: readonly { readonly name: string; readonly size: number }[],
    arriving: readonly (readonly number[])[] | undefined,
  ) {
    this.times = times;
    this.steps = steps;
    this.#states = states;
    this.#arriving = arriving;
  }

  /** ∂s_t/∂s_1 for each t: the identity, J_2, J_3·J_2, … */
  get products(): readonly Matrix[] {
    this.#products ??= running(this.steps);
    return this.#products;
  }

  /** ‖∂s_t/∂s_{t−1}‖₂ at each step. */
  get norms(): readonly number[] {
    this.#norms ??= this.steps.map(spectralNorm);
    return this.#norms;
  }

  /** ‖∂s_t/∂s_1‖₂ at each step: falling is vanishing, rising is exploding. */
  get productNorms(): readonly number[] {
    this.#productNorms ??= this.products.map(spectralNorm);
    return this.#productNorms;
  }

  /** The spectral radius of each step's Jacobian. */
  get radii(): readonly number[] {
    this.#radii ??= this.steps.map((step) => magnitude(eigenvalues(step)[0]));
    return this.#radii;
  }

  /**
   * The part of a matrix that says how one state depends on another: of an LSTM, `block(steps[3], 'c', 'c')` is diag(f) and
   * what comes round through h.
   *
   * @throws IndexError for a state that is not carried
   */
  block(matrix: Matrix, of: string, by: string): number[][] {
    const rows = this.#window(of);
    const columns = this.#window(by);
    return matrix.slice(...rows).map((row) => row.slice(...columns));
  }

  /**
   * ∂C_t/∂s_1 for each t: how the loss of each step depends on the first state. Their sum over t is ∂C/∂s_1. For the last
   * layer of a model whose loss is a sum over steps, of what each step's output gives.
   *
   * @throws AutogradError when the trace had no loss
   */
  lossGradients(): number[][] {
    const arriving = this.#arriving;
    if (!arriving) {
      throw new AutogradError(
        'lossGradients',
        'the trace has no loss. Trace with one: trace(model, input, { loss: (output) => … }).',
      );
    }
    return this.products.map((matrix, i) => {
      const rows = matrix.slice(0, arriving[i].length);
      return product([arriving[i]], rows)[0];
    });
  }

  #window(state: string): [number, number] {
    let from = 0;
    for (const { name, size } of this.#states) {
      if (name === state) return [from, from + size];
      from += size;
    }
    const names = this.#states.map(({ name }) => name).join(', ');
    throw new IndexError('block', `no state ${state} is carried; there are ${names}`);
  }
}

function running(steps: readonly Matrix[]): Matrix[] {
  const products: Matrix[] = [identity(steps[0].length)];
  for (const step of steps.slice(1)) products.push(product(step, products[products.length - 1]));
  return products;
}
