import {
  OptionError,
  type Program,
  type Ref,
  refuseUnknownOptions,
  rewrite,
} from '@unroll/backend';
import type { Cell } from '../cell/define-cell.ts';
import type { Mask } from '../cell/mask.ts';
import { keeping, needRate, wrap } from './wrap.ts';

export interface VariationalDropoutOptions {
  /** Share of the features of x that are 0 for a whole sequence; default 0. */
  input?: number;
  /** Share of the units of each state that products do not see for a whole sequence; default 0. */
  state?: number;
}

const known: Record<keyof VariationalDropoutOptions, true> = { input: true, state: true };

/**
 * Variational dropout (Gal & Ghahramani 2016): while training, one mask for x and one for each state, the same at all
 * steps of a sequence and for all gates:
 *
 *     (x_t ⊙ m_x)·W + (h_{t−1} ⊙ m_h)·U + b
 *
 * What stays is divided by its share. Masks are put on what enters matrix products, as it is or times a gate (a GRU's
 * r ⊙ h), as in Keras' `recurrent_dropout`: what is carried on element by element stays whole, so that memory does not
 * fade. In use nothing happens. The masks come from the streams `<layer>.dropout.x` and `<layer>.dropout.<state>`, new
 * for each run of a batch.
 *
 * @throws OptionError for a share outside of [0, 1], and at the first use for a cell that multiplies no state by a matrix
 * @example
 * const cell = variationalDropout(gru, { input: 0.1, state: 0.25 });
 * const layer = new Recurrent({ cell, inputSize: 8, hiddenSize: 16 });
 */
export function variationalDropout(cell: Cell, options: VariationalDropoutOptions): Cell {
  refuseUnknownOptions('variationalDropout', options, known);
  const { input = 0, state = 0 } = options;
  needRate('variationalDropout', 'input', input);
  needRate('variationalDropout', 'state', state);
  return wrap(cell, {
    name: 'variational dropout',
    make: 'variationalDropout',
    options: { input, state },
    train(program) {
      const inputs = [
        ...(input > 0 ? inputsOf(program, input) : []),
        ...(state > 0 ? statesOf(program, state) : []),
      ];
      const masks = inputs.map(({ mask }) => mask);
      return { program: masked(program, inputs), masks };
    },
  });
}

/** A value that comes into the step, and its mask. */
interface Masked {
  readonly ref: Ref;
  readonly mask: Mask & { readonly kind: 'sequences' };
}

function maskOf(name: string, size: number, rate: number): Masked['mask'] {
  return { kind: 'sequences', name: `dropout.${name}`, size, ...keeping(rate) };
}

function inputsOf({ values }: Program, rate: number): Masked[] {
  const ref = values.findIndex(({ kind, name }) => kind === 'step' && name === 'x');
  return [{ ref, mask: maskOf('x', values[ref].size as number, rate) }];
}

/** The states that enter products; peepholes alone are no products. */
function statesOf(program: Program, rate: number): Masked[] {
  const operands = program.values.flatMap((value) =>
    value.kind === 'affine' ? value.terms.map((term) => term.value) : [],
  );
  const read = new Set(operands.flatMap((operand) => factors(program, operand)));
  const states = program.states.filter((state) => read.has(state.input));
  if (states.length === 0) {
    throw new OptionError(
      'variationalDropout',
      `${program.name} multiplies no state by a matrix, so there is nothing to mask. Leave 'state' out, or use zoneout.`,
    );
  }
  return states.map(({ name, size, input: ref }) => ({ ref, mask: maskOf(name, size, rate) }));
}

function masked(program: Program, inputs: readonly Masked[]): Program {
  const declared = new Map<string, Ref>();
  return rewrite(program, {
    operand(b, value, old) {
      const read = factors(program, old);
      return inputs
        .filter(({ ref }) => read.includes(ref))
        .reduce((product, { mask: { name, size } }) => {
          const mask = declared.get(name) ?? b.sequence(name, size);
          declared.set(name, mask);
          return b.mul(product, mask);
        }, value);
    },
  });
}

/** The value, and when it is a product of values element by element, all their factors. */
function factors(program: Program, ref: Ref): Ref[] {
  const value = program.values[ref];
  if (value.kind !== 'pointwise' || value.formula.name !== 'mul') return [ref];
  return value.args.flatMap((arg) => factors(program, arg));
}
