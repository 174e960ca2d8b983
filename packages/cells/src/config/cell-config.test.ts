import { OptionError, type Program } from '@unroll/backend';
import { hardSigmoid, mul, relu, type Symbolic, square, tanh } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import {
  type Cell,
  cells,
  defineCell,
  gru,
  lstm,
  projectedLstm,
  variationalDropout,
  weightDrop,
  withActivations,
  zoneout,
} from '../index.ts';
import { type CellConfig, cellConfig, cellFromConfig } from './cell-config.ts';

const sizes = { inputSize: 3, hiddenSize: 4, bias: true };

/** All that a layer sees of a cell: names, states, what it runs in use and in training. */
function seen(cell: Cell): { program: Program; training: unknown; name: string; starts: unknown } {
  const { name, starts } = cell;
  return { name, starts, program: cell.program(sizes), training: cell.training?.(sizes) };
}

/** As a file would keep it. */
const inFile = (cell: Cell): CellConfig => JSON.parse(JSON.stringify(cellConfig(cell)));

const made: [string, Cell, CellConfig][] = [
  ['zoneout of all states', zoneout(gru, 0.2), { make: 'zoneout', of: 'gru', options: { h: 0.2 } }],
  [
    'zoneout of some',
    zoneout(lstm, { c: 0.5 }),
    { make: 'zoneout', of: 'lstm', options: { c: 0.5 } },
  ],
  [
    'variational dropout',
    variationalDropout(lstm, { state: 0.25 }),
    { make: 'variationalDropout', of: 'lstm', options: { input: 0, state: 0.25 } },
  ],
  [
    'weight drop',
    weightDrop(cells['lstm-projection'], 0.5, ['U', 'P']),
    { make: 'weightDrop', of: 'lstm-projection', options: { p: 0.5, weights: ['U', 'P'] } },
  ],
  [
    'other activations',
    withActivations(lstm, { activation: relu, recurrentActivation: hardSigmoid }),
    {
      make: 'withActivations',
      of: 'lstm',
      options: { activation: 'relu', recurrentActivation: 'hardSigmoid' },
    },
  ],
  [
    'a projection',
    projectedLstm({ projSize: 3 }),
    { make: 'projectedLstm', options: { projSize: 3 } },
  ],
  [
    'one around another',
    withActivations(zoneout(weightDrop(lstm, 0.1), 0.2), { activation: relu }),
    {
      make: 'withActivations',
      of: {
        make: 'zoneout',
        of: { make: 'weightDrop', of: 'lstm', options: { p: 0.1, weights: ['U'] } },
        options: { h: 0.2, c: 0.2 },
      },
      options: { activation: 'relu' },
    },
  ],
];

describe('a cell as plain data', () => {
  test.each(Object.entries(cells))('%s is its name', (name, cell) => {
    expect(cellConfig(cell)).toBe(name);
    expect(cellFromConfig(name)).toBe(cell);
  });

  test.each(made)('%s says how it is made, and is made again', (_, cell, config) => {
    expect(inFile(cell)).toEqual(config);
    expect(seen(cellFromConfig(inFile(cell)))).toEqual(seen(cell));
  });

  test.each(Object.entries(cells))('%s is wrapped and comes back', (_, cell) => {
    const wrapped = zoneout(cell, { [cell.states[0]]: 0.1 });
    expect(seen(cellFromConfig(inFile(wrapped)))).toEqual(seen(wrapped));
  });

  test('of one’s own is its name, also under a wrapper', () => {
    const own = defineCell({
      name: 'own',
      states: ['h'],
      weights: ({ hiddenSize }) => ({ g: [hiddenSize] }),
      step: ({ h }, { g }) => ({ h: tanh(mul(h, g)) }),
    });
    expect(cellConfig(own)).toBe('own');
    expect(cellFromConfig('own', [own])).toBe(own);
    const wrapped = zoneout(own, 0.5);
    expect(seen(cellFromConfig(inFile(wrapped), [own]))).toEqual(seen(wrapped));
    expect(() => cellFromConfig(inFile(wrapped))).toThrow("there is no cell 'own'");
  });

  test('with a function of one’s own is a cell of one’s own', () => {
    const soft = (x: Symbolic) => mul(x, square(x));
    const cell = withActivations(lstm, { activation: soft });
    expect(cellConfig(cell)).toBe('LSTM, soft for tanh');
    expect(cellFromConfig(inFile(zoneout(cell, 0.1)), [cell]).name).toBe(
      'LSTM, soft for tanh with zoneout',
    );
  });

  test('that was copied and changed is not taken for the one it was copied from', () => {
    expect(cellConfig({ ...lstm, name: 'starts elsewhere', starts: {} })).toBe('starts elsewhere');
    expect(cellConfig({ ...zoneout(lstm, 0.1), name: 'changed' })).toBe('changed');
  });

  test('of one’s own under the name of a built-in is refused', () => {
    expect(() => cellConfig({ ...lstm, name: 'gru' })).toThrow(OptionError);
    expect(() => cellConfig({ ...lstm, name: 'gru' })).toThrow('Give it another name');
  });
});

describe('a configuration that says something else is refused by name', () => {
  const deep = (times: number): CellConfig =>
    Array.from({ length: times }).reduce<CellConfig>(
      (of) => ({ make: 'zoneout', of, options: {} }),
      'lstm',
    );

  test.each<[string, unknown, string]>([
    ['another name', 'lstn', "there is no cell 'lstn'; there are rnn,"],
    ['a number', 3, 'is no name and no { make, of, options }: 3'],
    ['null', null, 'is no name'],
    ['no options', { make: 'zoneout', of: 'lstm' }, 'is no name'],
    [
      'another function',
      { make: 'eval', of: 'lstm', options: {} },
      "is made by 'eval'; there are zoneout, variationalDropout",
    ],
    ['an inherited one', { make: 'constructor', options: {} }, "is made by 'constructor'"],
    ['nothing inside', { make: 'zoneout', options: {} }, 'does not say of which'],
    ['too much around', deep(1000), 'is wrapped more than 16 times'],
    [
      'a state that is not there',
      { make: 'zoneout', of: 'gru', options: { c: 0.1 } },
      'c is no state of GRU',
    ],
    [
      'a share that is text',
      { make: 'zoneout', of: 'gru', options: { h: '0.1' } },
      'h must be in [0, 1]',
    ],
    [
      'no share',
      { make: 'weightDrop', of: 'gru', options: { weights: ['U'] } },
      'p must be in [0, 1]',
    ],
    [
      'weights that are no names',
      { make: 'weightDrop', of: 'gru', options: { p: 0.1, weights: 'U' } },
      'weights must be names; got "U"',
    ],
    [
      'an option that is not there',
      { make: 'variationalDropout', of: 'gru', options: { x: 1 } },
      "no option 'x'",
    ],
    [
      'a function that is not there',
      { make: 'withActivations', of: 'gru', options: { activation: 'alert' } },
      'activation is "alert"; there is no such function of one value',
    ],
    [
      'a function of two values',
      { make: 'withActivations', of: 'gru', options: { activation: 'add' } },
      'there is no such function of one value',
    ],
    [
      'what cannot be replaced',
      { make: 'withActivations', of: 'gru', options: { gate: 'relu' } },
      'needs activation, recurrentActivation or both; got gate',
    ],
    [
      'a projection of nothing',
      { make: 'projectedLstm', options: { projSize: 0 } },
      'projSize must be a whole number above 0',
    ],
  ])('%s', (_, config, words) => {
    expect(() => cellFromConfig(config as CellConfig)).toThrow(OptionError);
    expect(() => cellFromConfig(config as CellConfig)).toThrow(words);
  });

  test('but a deep one that is not too deep is made', () => {
    expect(cellFromConfig(deep(16)).states).toEqual(['h', 'c']);
  });
});
