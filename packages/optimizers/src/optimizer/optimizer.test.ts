import { DTypeError, OptionError, ShapeError } from '@unroll/backend';
import { mul, parameter, sum, type Tensor, tensor, zeros } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { Adam } from '../optimizers/adam.ts';
import { SGD } from '../optimizers/sgd.ts';
import { Optimizer } from './optimizer.ts';

const weights = (...values: number[]) => parameter(tensor(values));

describe('groups', () => {
  test('have their own options before those of the call before the defaults', () => {
    const optimizer = new SGD(
      [
        { params: [weights(1)], lr: 0.5 },
        { params: [weights(2), weights(3)], momentum: undefined },
      ],
      { lr: 0.1, momentum: 0.9 },
    );
    const options = optimizer.groups.map(({ params, ...rest }) => ({ ...rest, n: params.length }));
    const rest = { dampening: 0, nesterov: false, weightDecay: 0, momentum: 0.9 };
    expect(options).toEqual([
      { ...rest, lr: 0.5, n: 1 },
      { ...rest, lr: 0.1, n: 2 },
    ]);
  });

  test('move their parameters by their own options, also after a change', () => {
    const [a, b] = [weights(0), weights(0)];
    const optimizer = new SGD([{ params: [a], lr: 1 }, { params: [b] }], { lr: 0.1 });
    const step = () => {
      for (const p of [a, b]) p.grad = tensor([1]);
      optimizer.step();
    };
    step();
    expect([a.itemSync(), b.itemSync()]).toEqual([-1, Math.fround(-0.1)]);
    optimizer.groups[1].lr = 2;
    step();
    expectClose(b, [-2.1]);
  });

  test('do not share lists of options', () => {
    const betas: [number, number] = [0.5, 0.5];
    const optimizer = new Adam([{ params: [weights(0)] }, { params: [weights(0)] }], { betas });
    betas[0] = 7;
    expect(optimizer.groups.map((group) => group.betas)).toEqual([
      [0.5, 0.5],
      [0.5, 0.5],
    ]);
    expect(optimizer.groups[0].betas).not.toBe(optimizer.groups[1].betas);
  });

  test('have the learning rate that is set for all', () => {
    const optimizer = new SGD([{ params: [weights(1)], lr: 0.5 }, { params: [weights(2)] }]);
    expect(optimizer.lr).toBe(0.5);
    optimizer.lr = 0;
    expect(optimizer.groups.map(({ lr }) => lr)).toEqual([0, 0]);
    for (const lr of [-1, Number.NaN, Infinity]) {
      expect(() => {
        optimizer.lr = lr;
      }).toThrow(/SGD: lr must be 0 or above and finite/);
    }
  });
});

describe('a step', () => {
  test('leaves parameters without a gradient alone and does not count it for them', () => {
    const [a, b] = [weights(0), weights(0)];
    const optimizer = new Adam([a, b], { lr: 0.1 });
    for (let t = 0; t < 3; t++) {
      a.grad = tensor([1]);
      optimizer.step();
    }
    expect(b.itemSync()).toBe(0);
    expect(b.storage.version).toBe(0);
    b.grad = tensor([1]);
    optimizer.step();
    expectClose(b, [-0.1], 2 ** -22);
    expect(optimizer.stateDict().steps).toEqual([4, 1]);
  });

  test('records nothing, and zeroGrad forgets the gradients', () => {
    const p = weights(3);
    const optimizer = new SGD([p], { lr: 0.5, momentum: 0.9 });
    sum(mul(p, p)).backward();
    optimizer.step();
    expect(p.node).toBeUndefined();
    expect(optimizer.stateDict().state['0.buffer'].node).toBeUndefined();
    expectClose(p, [0]);
    optimizer.zeroGrad();
    expect(p.grad).toBeUndefined();
  });

  test('makes a backward pass through older values fail with the name of the optimizer', () => {
    const p = weights(3);
    const loss = sum(mul(p, p));
    p.grad = tensor([1]);
    new SGD([p]).step();
    expect(() => loss.backward()).toThrow(/SGD/);
  });

  test('refuses a gradient of another shape or dtype', () => {
    const p = weights(1, 2);
    const optimizer = new SGD([p]);
    p.grad = tensor([1]);
    expect(() => optimizer.step()).toThrow(ShapeError);
    expect(() => optimizer.step()).toThrow('SGD: a parameter is [2], its gradient [1]');
    p.grad = tensor([1, 2], { dtype: 'float64' });
    expect(() => optimizer.step()).toThrow(DTypeError);
    expect([...p.dataSync()]).toEqual([1, 2]);
  });

  test('takes tensors that are no Parameter, of any rank', () => {
    const scalar = tensor(2, { requiresGrad: true });
    const optimizer = new SGD([scalar], { lr: 0.25 });
    mul(scalar, scalar).backward();
    optimizer.step();
    expectClose(scalar, 1);
  });
});

describe('what cannot be trained is refused', () => {
  test('an empty list, also in groups', () => {
    expect(() => new SGD([])).toThrow(OptionError);
    expect(() => new SGD([])).toThrow('the list of parameters must not be empty');
    expect(() => new SGD([{ params: [] }])).toThrow('the list of parameters must not be empty');
    expect(() => new SGD([{ params: [] }, { params: [weights(1)] }])).not.toThrow();
  });

  test('ids, computed tensors and doubles, in one error', () => {
    const p = weights(1);
    const ids = zeros([2], { dtype: 'int32' });
    const make = () => new SGD([{ params: [p, ids] }, { params: [mul(p, 2), p] }]);
    expect(make).toThrow(
      'SGD: parameter 1 of group 0 is int32; only floating tensors can be trained; ' +
        'parameter 0 of group 1 was computed by mul; hand in the leaf that it was computed from, or parameter(x); ' +
        'parameter 1 of group 1 is the same tensor as parameter 0 of group 0',
    );
    expect(() => new SGD([p, p])).toThrow('parameter 1 is the same tensor as parameter 0');
  });

  test('what is no tensor', () => {
    expect(() => new SGD([3 as unknown as Tensor])).toThrow(/SGD: needs a tensor; got number/);
    expect(() => new SGD([null as unknown as Tensor])).toThrow(/SGD: needs a tensor; got null/);
    const one = weights(1) as unknown as Tensor[];
    expect(() => new SGD(one)).toThrow(/must be a list of tensors or of groups; got object/);
    const mixed = [{ params: [weights(1)] }, weights(2)] as unknown as Tensor[];
    expect(() => new SGD(mixed)).toThrow(/the list must hold tensors or groups; got both/);
  });

  test('with options that do not exist', () => {
    const make = () => new SGD([weights(1)], { learningRate: 1 } as object);
    expect(make).toThrow(/there is no option 'learningRate'; the options are lr, momentum/);
    const groups = () => new SGD([{ params: [weights(1)], decay: 1 } as { params: Tensor[] }]);
    expect(groups).toThrow(/there is no option 'decay'/);
  });

  test('with a learning rate that is 0, negative, infinite or NaN', () => {
    for (const lr of [0, -0.1, Infinity, Number.NaN]) {
      expect(() => new SGD([weights(1)], { lr })).toThrow(/SGD: lr must be above 0 and finite/);
    }
  });
});

test('an optimizer of one’s own says how one parameter changes, and has the rest', () => {
  class Halving extends Optimizer<{ lr: number }, { last: Tensor }> {
    constructor(params: Tensor[]) {
      super('Halving', params, {}, { lr: 1 });
    }

    protected override problems() {
      return [];
    }

    protected override slots() {
      return ['last' as const];
    }

    protected override update(p: Tensor, g: Tensor, { lr }: { lr: number }, _: object, t: number) {
      return { p: p.sub(g.mul(lr / 2 ** t)), last: g };
    }
  }
  const p = weights(1);
  const optimizer = new Halving([p]);
  for (let t = 0; t < 3; t++) {
    p.grad = tensor([1]);
    optimizer.step();
  }
  expectClose(p, [1 - 0.5 - 0.25 - 0.125]);
  expect(Object.keys(optimizer.stateDict().state)).toEqual(['0.last']);
});
