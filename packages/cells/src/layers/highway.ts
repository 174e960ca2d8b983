import type { DType } from '@unroll/backend';
import { init, Linear, Module } from '@unroll/nn';
import { add, mul, type Parameter, type Sequence, sigmoid, sub } from '@unroll/tensor';

/**
 * A highway around a layer (Srivastava, Greff & Schmidhuber 2015): of its output y and its input x each row gives
 *
 *     t ⊙ y + (1 − t) ⊙ x,   t = σ(x·W + b)
 *
 * W is `[size, size]`; b starts at −1, so that at first most of x is carried past.
 */
export class Highway extends Module {
  static readonly className: string = 'Highway';

  readonly #gate: Linear;

  constructor(size: number, name: string, dtype: DType | undefined) {
    super(name);
    const start = { b: init.constant(-1) };
    this.#gate = new Linear({ inputSize: size, outputSize: size, init: start, dtype, name });
  }

  override ownParameters(): Record<string, Parameter> {
    return this.#gate.ownParameters();
  }

  override forward(x: Sequence, y: Sequence): Sequence {
    const t = sigmoid(this.#gate.forward(x.rows));
    return y.map((rows) => add(mul(t, rows), mul(sub(1, t), x.rows)));
  }
}
