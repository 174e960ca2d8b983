import type { Tensor } from '@unroll/tensor';
import { Module } from '../module/module.ts';
import { type Rows, rowwise } from './rowwise.ts';

/** What stands in a {@link Sequential}: a module that works row by row, or a function of tensors such as `tanh`. */
export type SequentialPart =
  | (Module & { forward<X extends Rows>(input: X): X })
  | ((x: Tensor) => Tensor);

/**
 * Modules and functions one after the other. The modules stand under their places: `0.W`, `2.b`.
 *
 * Takes what the first part takes, a tensor or a sequence, and gives the same kind.
 *
 * @example
 * const model = new Sequential(
 *   new Linear({ inputSize: 4, outputSize: 8 }),
 *   tanh,
 *   new Linear({ inputSize: 8, outputSize: 2 }),
 * );
 * const y = model.forward(zeros([5, 4])); // [5, 2]
 */
export class Sequential extends Module {
  static readonly className: string = 'Sequential';

  readonly parts: readonly SequentialPart[];

  constructor(...parts: SequentialPart[]) {
    super();
    this.parts = parts;
  }

  override namedChildren(): Map<string, Module> {
    const named = this.parts.map((part, i) => [String(i), part] as const);
    return new Map(
      named.filter((pair): pair is [string, SequentialPart & Module] => pair[1] instanceof Module),
    );
  }

  override forward<X extends Rows>(input: X): X {
    let x = input;
    for (const part of this.parts) {
      x = part instanceof Module ? part.forward(x) : rowwise(x, part);
    }
    return x;
  }
}
