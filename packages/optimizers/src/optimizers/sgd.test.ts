import { OptionError } from '@unroll/backend';
import { parameter, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { SGD } from './sgd.ts';

test('momentum that is switched on or off between steps is remembered from then on, or forgotten', () => {
  const p = parameter(tensor([0], { dtype: 'float64' }));
  const optimizer = new SGD([p], { lr: 1, momentum: 0.5 });
  const [group] = optimizer.groups;
  const move = (momentum: number) => {
    group.momentum = momentum;
    const before = p.itemSync();
    p.grad = tensor([1], { dtype: 'float64' });
    optimizer.step();
    return before - p.itemSync();
  };
  expect([0.5, 0.5, 0, 0.5, 0.5].map(move)).toEqual([1, 1.5, 1, 1, 1.5]);
});

test('only the second gradient is dampened', () => {
  const p = parameter(tensor([0]));
  const optimizer = new SGD([p], { lr: 1, momentum: 0.5, dampening: 1 });
  p.grad = tensor([8]);
  optimizer.step();
  expectClose(p, [-8]);
  optimizer.step();
  expectClose(p, [-12]);
});

test('options out of range are listed in one error', () => {
  const p = parameter(tensor([0]));
  const make = () =>
    new SGD([p], { lr: -1, momentum: -0.1, dampening: 2, weightDecay: Number.NaN });
  expect(make).toThrow(OptionError);
  expect(make).toThrow(
    'SGD: lr must be above 0 and finite; got -1; momentum must be 0 or above and finite; got -0.1; ' +
      'dampening must lie in [0, 1]; got 2; weightDecay must be 0 or above and finite; got NaN',
  );
  expect(() => new SGD([p], { nesterov: true })).toThrow(/momentum must be above 0 with nesterov/);
  const dampened = { nesterov: true, momentum: 0.9, dampening: 0.1 };
  expect(() => new SGD([p], dampened)).toThrow(/dampening must be 0 with nesterov/);
});
