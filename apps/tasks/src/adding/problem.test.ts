import { manualSeed, randomStream, tensor, zeros } from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { meanSquaredError, surprise } from './examples.ts';
import { problemNames, problemOf } from './problem.ts';

beforeEach(() => manualSeed(2));

describe('every problem', () => {
  test.each(problemNames)('%s draws batches of its own sizes', (name) => {
    const problem = problemOf(name, 9);
    const { input, target } = problem.draw(3, randomStream('x'));
    expect(input.shape).toEqual(problem.ids ? [3, problem.steps] : [3, problem.steps, 2]);
    expect(target.shape.slice(0, 2)).toEqual([3, problem.steps]);
    expect(problem.asked).toBe(name === 'middle-word' ? 4 : problem.steps - 1);
    const output = zeros([3, problem.steps, problem.outputs]);
    const loss = problem.loss(output, target).itemSync();
    // Of words, all are equally likely; of numbers, the answer 0 costs the square.
    if (problem.ids) expect(loss).toBeCloseTo(Math.log(problem.outputs), 5);
    else expect(loss).toBeGreaterThan(0.1);
  });
});

describe('a loss counts only the step that is asked for', () => {
  test('of numbers', () => {
    const target = tensor([
      [
        [5, 0],
        [3, 1],
      ],
      [
        [7, 0],
        [1, 1],
      ],
    ]);
    const output = tensor([
      [[9], [2]],
      [[9], [3]],
    ]);
    expect(meanSquaredError(output, target).itemSync()).toBe((1 + 4) / 2);
  });

  test('of words, and a window without a question costs nothing', () => {
    const logits = tensor([
      [
        [0, 0],
        [0, 9],
      ],
    ]);
    const asked = tensor([[1, -100]], { dtype: 'int32' });
    expect(surprise(logits, asked).itemSync()).toBeCloseTo(Math.LN2, 6);
    const nothing = tensor([[-100, -100]], { dtype: 'int32' });
    expect(surprise(logits, nothing).itemSync()).toBe(0);
  });
});
