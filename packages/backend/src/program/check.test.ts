import { expect, test } from 'vitest';
import { OptionError, ShapeError } from '../contract/errors.ts';
import { attentionDecoder, lstm, trialCells } from '../testing/hard-cells.ts';
import { checkProgram } from './check.ts';
import { derive } from './derive.ts';
import type { Program } from './program.ts';

/** A program as it may come from a file, to be spoiled. */
interface Loose {
  values: Record<string, unknown>[];
  states: Record<string, unknown>[];
  outputs: Record<string, unknown>[];
  parameters: Record<string, unknown>[];
  sums: Record<string, unknown>[];
}

function spoiled(program: Program, spoil: (loose: Loose) => void): Program {
  const loose = JSON.parse(JSON.stringify(program)) as Loose;
  spoil(loose);
  return loose as unknown as Program;
}

const at = (program: Program, name: string) =>
  program.values.findIndex((value) => value.name === name);

test.each(Object.entries(trialCells))('%s and its derivative are sound', (_, cell) => {
  expect(checkProgram(cell())).toEqual(cell());
  expect(() => checkProgram(derive(cell()))).not.toThrow();
});

test('everything that is wrong stands in one error', () => {
  const program = lstm();
  const broken = spoiled(program, ({ values, states, parameters }) => {
    values[at(program, 'i')].name = 'f';
    values[at(program, 'g')].size = 5;
    states[1].size = 3;
    parameters[0].shape = [3, 10];
  });
  const problems = [
    "two values are called 'f'",
    "'W[:, 8:12]': 8:12 does not lie in the parameter 'W' [3, 10]",
    "'W[:, 12:16]': 12:16 does not lie in the parameter 'W' [3, 10]",
    "'g' (pointwise): sizes must agree or be 1; '%g' has 4, the result 5",
    "state 'c' has 3 columns, 'c' has not",
  ];
  expect(() => checkProgram(broken)).toThrow(ShapeError);
  for (const problem of problems) expect(() => checkProgram(broken)).toThrow(problem);
});

const faults: [string, Program, RegExp][] = [
  [
    'a value that reads a later one',
    spoiled(lstm(), ({ values }) => {
      values[at(lstm(), 'h')].args = [values.length, 0];
    }),
    /'h' \(value \d+\) reads value \d+, which does not come before it/,
  ],
  [
    'an output of a value that does not exist',
    spoiled(lstm(), ({ outputs }) => {
      outputs[0].value = 99;
    }),
    /output 'h' names value 99, which does not exist/,
  ],
  [
    'a state value without a state',
    spoiled(lstm(), ({ states }) => {
      states.pop();
    }),
    /the state value 'c\[t-1\]' belongs to no state/,
  ],
  [
    'a kind that does not exist',
    spoiled(lstm(), ({ values }) => {
      values[at(lstm(), 'h')].kind = 'magic';
    }),
    /'h' is of the unknown kind 'magic'/,
  ],
  [
    'an output that is a memory',
    spoiled(attentionDecoder(), ({ outputs }) => {
      outputs[0].value = at(attentionDecoder(), 'keys');
    }),
    /output 'y' is 'keys', a memory/,
  ],
  [
    'a sum into what cannot take it',
    spoiled(derive(lstm()), ({ sums }) => {
      sums[0].into = at(derive(lstm()), 'x');
    }),
    /a sum of kind '\w+' goes into a weight, not into 'x' \(saved\)/,
  ],
];

test.each(faults)('%s is found', (_, program, words) => {
  expect(() => checkProgram(program)).toThrow(words);
});

test('what is no program at all is an OptionError', () => {
  expect(() => checkProgram({} as Program)).toThrow(OptionError);
});
