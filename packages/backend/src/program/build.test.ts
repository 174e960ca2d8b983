import { expect, test } from 'vitest';
import { OptionError, ShapeError } from '../contract/errors.ts';
import { lstm, trialCells } from '../testing/hard-cells.ts';
import { programBuilder } from './build.ts';

test.each(Object.entries(trialCells))('%s is the same data each time it is built', (_, cell) => {
  expect(cell()).toEqual(cell());
});

test('a program survives JSON', () => {
  expect(JSON.parse(JSON.stringify(lstm()))).toEqual(lstm());
});

test('equal values are one value and keep the first name', () => {
  const b = programBuilder('twice');
  const h = b.state('h', 2);
  const one = b.pointwise('tanh', [h], 'one');
  expect(b.pointwise('tanh', [h], 'two')).toBe(one);
  b.next('h', one);
  expect(b.finish().values.map(({ name }) => name)).toEqual(['h[t-1]', 'one']);
});

test('a name that is taken gets a number', () => {
  const b = programBuilder('names');
  const h = b.state('h', 2);
  b.next('h', b.pointwise('tanh', [b.pointwise('sigmoid', [h], 'y')], 'y'));
  expect(b.finish().values.map(({ name }) => name)).toEqual(['h[t-1]', 'y', 'y.2']);
});

test('a part without a name is called after the value that reads it', () => {
  const b = programBuilder('parts');
  const h = b.state('h', 2);
  b.next('h', b.pointwise('tanh', [b.pointwise('sigmoid', [h])], 'y'));
  expect(b.finish().values.map(({ name }) => name)).toEqual(['h[t-1]', '%y', 'y']);
});

test('a vector weight that is read or carried becomes a row of every sequence', () => {
  const b = programBuilder('bias');
  b.state('h', 2);
  b.parameter('b', [2]);
  b.next('h', b.weight('b'));
  const program = b.finish();
  expect(program.values[program.states[0].next].kind).toBe('pointwise');
});

const wrong: Record<string, [() => void, RegExp]> = {
  'a product of sizes that do not meet': [
    () => {
      const b = programBuilder('p');
      b.parameter('W', [3, 4]);
      b.matmul(b.step('x', 2), b.weight('W'));
    },
    /p: affine: inner sizes must match; got 'x' \[2\] and W \[3, 4\]/,
  ],
  'pointwise values of two sizes': [
    () => {
      const b = programBuilder('p');
      b.add(b.step('x', 2), b.step('y', 3));
    },
    /sizes must agree or be 1; 'y' has 3, the result 2/,
  ],
  'a formula with too few arguments': [
    () => {
      const b = programBuilder('p');
      b.pointwise('add', [b.step('x', 2)]);
    },
    /'add' takes 2 arguments; got 1/,
  ],
  'a matrix among pointwise arguments': [
    () => {
      const b = programBuilder('p');
      b.parameter('W', [3, 4]);
      b.pointwise('tanh', [b.weight('W')]);
    },
    /'W' is a matrix; pointwise takes rows and vectors/,
  ],
  'columns outside a value': [
    () => {
      const b = programBuilder('p');
      b.columns(b.step('x', 2), [1, 3]);
    },
    /columns 1:3 do not lie in 0:2/,
  ],
  'a query that does not fit its memory': [
    () => {
      const b = programBuilder('p');
      b.score(b.step('q', 2), b.memory('m', 3, 'encoder'));
    },
    /a query of 2 columns meets the memory 'm' of 3/,
  ],
  'weights over another source than the memory': [
    () => {
      const b = programBuilder('p');
      const scores = b.score(b.step('q', 2), b.memory('m', 2, 'encoder'));
      b.memorySum(scores, b.memory('k', 2, 'image'));
    },
    /'%\d' must have the length of source 'image' for its size; got the length of source 'encoder'/,
  ],
  'a next value of another size': [
    () => {
      const b = programBuilder('p');
      b.state('h', 2);
      b.next('h', b.step('x', 3));
    },
    /the state 'h' has 2 columns, its next value 3/,
  ],
};

test.each(Object.entries(wrong))('%s is a ShapeError', (_, [build, words]) => {
  expect(build).toThrow(ShapeError);
  expect(build).toThrow(words);
});

test('names that stand twice, unknown names and states without a next value are OptionErrors', () => {
  const b = programBuilder('p');
  b.step('x', 2);
  b.state('h', 2);
  expect(() => b.sequence('x', 2)).toThrow("p: two inputs are called 'x'");
  expect(() => b.weight('W')).toThrow("p: there is no parameter 'W'; declare it first");
  expect(() => b.next('c', 0)).toThrow("p: there is no state 'c'");
  expect(() => b.finish()).toThrow(new OptionError('p', 'no next value for the states h'));
});
