import { DataError } from '@unroll/backend';
import { parameter, type Tensor, tensor } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { Adagrad, Adam, AdamW, NAdam, RMSprop, Rprop, SGD, SignSGD, StepLR } from '../index.ts';
import type { OptimizerState } from './state.ts';

interface Stateful {
  step(): void;
  stateDict(): OptimizerState;
  loadStateDict(state: OptimizerState): void;
}

const makers: Record<string, (params: Tensor[]) => Stateful> = {
  SGD: (params) => new SGD(params, { lr: 0.1 }),
  'SGD with momentum': (params) => new SGD(params, { lr: 0.1, momentum: 0.9, dampening: 0.1 }),
  SignSGD: (params) => new SignSGD(params),
  Rprop: (params) => new Rprop(params),
  Adagrad: (params) => new Adagrad(params, { lrDecay: 0.1 }),
  RMSprop: (params) => new RMSprop(params, { centered: true, momentum: 0.9 }),
  Adam: (params) => new Adam(params, { amsgrad: true, weightDecay: 0.1 }),
  AdamW: (params) => new AdamW(params),
  NAdam: (params) => new NAdam(params),
};

/** Three parameters; the second has a gradient at odd steps only, the third never. */
function train(params: Tensor[], optimizer: Stateful, from: number, to: number): void {
  for (let t = from; t < to; t++) {
    params[0].grad = tensor([Math.sin(t), 0.3, t - 3]);
    params[1].grad = t % 2 ? tensor([[t / 7]]) : undefined;
    optimizer.step();
  }
}

const start = () => [tensor([1, 2, 3]), tensor([[4]]), tensor([5])].map((x) => parameter(x));
const copies = (params: Tensor[]) =>
  params.map((p) => parameter(tensor(p.dataSync(), { shape: p.shape })));

/** Through JSON and through bytes, as a file would. */
function throughFile({ state, ...plain }: OptimizerState): OptimizerState {
  const tensors = Object.entries(state).map(
    ([name, x]) => [name, tensor(x.dataSync(), { shape: x.shape })] as const,
  );
  return { ...JSON.parse(JSON.stringify(plain)), state: Object.fromEntries(tensors) };
}

describe('a run that is saved and loaded ends with the same bits', () => {
  for (const [name, make] of Object.entries(makers)) {
    test(name, () => {
      for (const stop of [0, 1, 4]) {
        const whole = start();
        const first = make(whole);
        train(whole, first, 0, stop);
        const rest = copies(whole);
        const saved = throughFile(first.stateDict());
        train(whole, first, stop, 8);
        const second = make(rest);
        second.loadStateDict(saved);
        train(rest, second, stop, 8);
        expect(rest.map((p) => p.dataSync())).toEqual(whole.map((p) => p.dataSync()));
        expect(throughFile(second.stateDict())).toEqual(throughFile(first.stateDict()));
      }
    });
  }
});

test('a state has the options, the steps and the tensors of each parameter, and does not change later', () => {
  const params = start();
  const optimizer = new Adam([
    { params: params.slice(0, 1) },
    { params: params.slice(1), lr: 0.5 },
  ]);
  train(params, optimizer, 0, 2);
  const state = optimizer.stateDict();
  expect(Object.keys(state.state)).toEqual(['0.m', '0.v', '1.m', '1.v']);
  expect(state.steps).toEqual([2, 1, 0]);
  expect(state.groups.map(({ params, lr }) => ({ params, lr }))).toEqual([
    { params: [0], lr: 1e-3 },
    { params: [1, 2], lr: 0.5 },
  ]);
  const before = throughFile(state);
  train(params, optimizer, 2, 4);
  optimizer.lr = 7;
  expect(throughFile(state)).toEqual(before);
});

test('options come with the state, those of schedules too', () => {
  const saved = new Adam(start(), { lr: 0.5, betas: [0.1, 0.2] });
  new StepLR(saved, { stepSize: 1 }).step();
  const optimizer = new Adam(start());
  optimizer.loadStateDict(throughFile(saved.stateDict()));
  expect(optimizer.groups[0]).toMatchObject({ lr: 0.05, betas: [0.1, 0.2], initialLr: 0.5 });
  expect(optimizer.groups[0].params).toHaveLength(3);
});

test('a schedule that was made before starts from the rate of the state', () => {
  const optimizer = new SGD(start(), { lr: 0.5 });
  const schedule = new StepLR(optimizer, { stepSize: 1, gamma: 0.5 });
  optimizer.loadStateDict(new SGD(start(), { lr: 8 }).stateDict());
  schedule.step();
  expect(schedule.lr).toBe(4);
});

describe('a state that does not fit is one error, and nothing changes', () => {
  const params = start();
  const trained = new Adam(params);
  train(params, trained, 0, 3);
  const good = trained.stateDict();

  function refused(state: unknown, optimizer: Stateful = new Adam(start())): string {
    const before = throughFile(optimizer.stateDict());
    let message = '';
    try {
      optimizer.loadStateDict(state as OptimizerState);
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      message = (error as Error).message;
    }
    expect(throughFile(optimizer.stateDict())).toEqual(before);
    return message;
  }

  test('when tensors are missing, unexpected, misshapen or of another dtype', () => {
    const { '0.m': _, ...rest } = good.state;
    const state = {
      ...rest,
      '0.v': tensor([1]),
      '1.m': tensor([[1]], { dtype: 'float64' }),
      '9.m': tensor([1]),
      '0.momentum': tensor([1]),
    };
    expect(refused({ ...good, state })).toBe(
      'Adam.loadStateDict: the state does not fit this optimizer: ' +
        "'0.m' is missing; '0.v' is float32 [1], its parameter float32 [3]; " +
        "'1.m' is float64 [1, 1], its parameter float32 [1, 1]; " +
        "'9.m' is unexpected; '0.momentum' is unexpected",
    );
  });

  test('when it is of another optimizer', () => {
    const message = refused(good, new SGD(start(), { momentum: 0.9 }));
    expect(message).toMatch(/SGD.loadStateDict: .*group 0: the option 'momentum' is missing/);
    expect(message).toMatch(/there is no option 'betas'/);
  });

  test('when the numbers of parameters differ', () => {
    expect(refused(good, new Adam(start().slice(1)))).toMatch(
      /the state has 3 parameters in its groups, the optimizer 2/,
    );
    const [a, b, c] = start();
    const grouped = new Adam([{ params: [a] }, { params: [b, c] }]);
    expect(refused(good, grouped)).toMatch(/has 3 parameters in its groups, the optimizer 1 \+ 2/);
    expect(refused({ ...good, steps: [1, 2] })).toMatch(/2 step counts for 3 parameters/);
    expect(refused({ ...good, groups: [{ ...good.groups[0], params: [0, 2, 1] }] })).toMatch(
      /counts its parameters 0, 2, 1, not 0 to 2 in order/,
    );
  });

  test('when options or counts are impossible', () => {
    const [group] = good.groups;
    const change = (options: object) => ({ ...good, groups: [{ ...group, ...options }] });
    expect(refused(change({ betas: [2, 0.9] }))).toMatch(
      /group 0: betas\[0\] must lie in \[0, 1\)/,
    );
    expect(refused(change({ lr: null }))).toMatch(/group 0: 'lr' is no number/);
    expect(refused(change({ betas: [0.9] }))).toMatch(/'betas' is no list of number, number/);
    expect(refused(change({ initialLr: 'x' }))).toMatch(/'initialLr' is no number/);
    expect(refused({ ...good, steps: [1.5, 1, 0] })).toMatch(/steps\[0\] must be whole and ≥ 0/);
  });

  test('when it is something else', () => {
    for (const state of [{}, { groups: [{}], steps: [], state: {} }, { ...good, state: null }]) {
      expect(refused(state)).toMatch(/it is not \{ groups, steps, state \}/);
    }
  });
});
