import { expression, OptionError, rewrite, toFormula } from '@unroll/backend';
import type { Cell } from '../cell/define-cell.ts';
import { needRate, wrap } from './wrap.ts';

/**
 * Zoneout (Krueger et al. 2017): while training, each unit of a state keeps its old value with probability p at each step,
 *
 *     s_t = d_t ⊙ s_{t−1} + (1 − d_t) ⊙ s̃_t,   d_t ~ Bernoulli(p),
 *
 * s̃ what the cell computes; in use d_t is its expectation p. An LSTM shows the c̃ before zoneout, as in the paper. Each
 * state has masks of its own, drawn anew at each step from the stream `<layer>.zoneout.<state>`.
 *
 * @param rates p for all states, or by their names; 0 for those that are not named
 * @throws OptionError for a p outside of [0, 1] and for a state that the cell does not carry
 * @example
 * const cell = zoneout(lstm, { h: 0.05, c: 0.5 });
 * const layer = new Recurrent({ cell, inputSize: 8, hiddenSize: 16 });
 */
export function zoneout(cell: Cell, rates: number | Readonly<Record<string, number>>): Cell {
  const kept = ratesOf(cell, rates);
  const rateOf = (state: string) => kept[state] ?? 0;
  return wrap(cell, {
    name: 'zoneout',
    make: 'zoneout',
    options: { ...kept },
    use: (program) =>
      rewrite(program, {
        next(b, { name, input, next }) {
          if (rateOf(name) === 0) return next;
          const wayBack = b.pointwise('sub', [input, next]);
          return b.add(next, b.pointwise(times(rateOf(name)), [wayBack]), `zoned.${name}`);
        },
      }),
    train: (program) => ({
      program: rewrite(program, {
        next(b, { name, size, input, next }) {
          if (rateOf(name) === 0) return next;
          const keeps = b.step(`zoneout.${name}`, size);
          return b.pointwise('where', [keeps, input, next], `zoned.${name}`);
        },
      }),
      masks: program.states
        .filter(({ name }) => rateOf(name) > 0)
        .map(({ name, size }) => {
          return { kind: 'steps', name: `zoneout.${name}`, size, p: rateOf(name), value: 1 };
        }),
    }),
  });
}

function times(factor: number) {
  return toFormula('mul', 1, [expression.multiply(expression.arg(0), factor)]);
}

function ratesOf(cell: Cell, given: number | Readonly<Record<string, number>>) {
  const rates: Readonly<Record<string, number>> =
    typeof given === 'number' ? Object.fromEntries(cell.states.map((s) => [s, given])) : given;
  for (const [state, rate] of Object.entries(rates)) {
    needRate('zoneout', state, rate);
    if (cell.states.includes(state)) continue;
    throw new OptionError(
      'zoneout',
      `${state} is no state of ${cell.name}; there are ${cell.states.join(', ')}`,
      { state },
    );
  }
  return rates;
}
