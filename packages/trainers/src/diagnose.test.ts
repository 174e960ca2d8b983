import { NumericError } from '@unroll/backend';
import { crossEntropy, Linear, Module, mseLoss } from '@unroll/nn';
import { SGD } from '@unroll/optimizers';
import {
  assign,
  div,
  exp,
  full,
  log,
  mul,
  randomState,
  sub,
  type Tensor,
  tensor,
} from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { memoryCheckpoints } from './checkpoint.ts';
import type { LossFunction } from './options.ts';
import { bits, toy } from './toy.ts';
import { Trainer } from './trainer.ts';

/** Runs a trainer whose loss goes wrong at a step; gives the error. */
async function errorOf(run: Promise<unknown>): Promise<NumericError> {
  const error = await run.then(
    () => expect.unreachable('the run ended well'),
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(NumericError);
  return error as NumericError;
}

/** One weight in front of a function that may break. */
class Fragile extends Module {
  readonly linear = new Linear({ inputSize: 1, outputSize: 1, bias: false, name: 'fragile' });
  readonly #fn: (x: Tensor) => Tensor;

  constructor(fn: (x: Tensor) => Tensor) {
    super('fragile');
    this.#fn = fn;
    assign(this.linear.W, full([1, 1], 1));
  }

  override forward(x: Tensor): Tensor {
    return this.#fn(this.linear.forward(x));
  }
}

function fragile(fn: (x: Tensor) => Tensor, ...inputs: number[]) {
  const model = new Fragile(fn);
  const optimizer = new SGD(model.parameters(), { lr: 1e-9 });
  const trainer = new Trainer({ model, optimizer, loss: mseLoss });
  const train = inputs.map((x) => ({ input: tensor([[x]]), target: tensor([[0]]) }));
  return { model, run: trainer.fit({ train, epochs: 1 }) };
}

describe('a loss that is not a number', () => {
  test('stops the run; the error names the step and the operation', async () => {
    const { run } = fragile((x) => log(x), 1, 2, -1, 3);
    const error = await errorOf(run);
    expect(error.message).toMatch(
      /^Trainer\.fit: the loss is NaN at step 3: log: made NaN out of numbers; .*\. The weights are those of step 2\.$/,
    );
    expect(error.details).toMatchObject({ step: 3, loss: NaN, anomaly: 'log' });
  });

  test('is found in the backward pass too', async () => {
    // √0 · 0: the loss is a number, its derivative 0 · ∞ is not.
    const { run } = fragile((x) => mul(exp(mul(log(x), 0.5)), 0), 4, 0);
    const error = await errorOf(run);
    expect(error.message).toMatch(/^Trainer\.fit: the gradient's norm is NaN at step 2: /);
    expect(error.details.anomaly).toEqual(expect.any(String));
  });

  test('that grew past the largest number is told from one', async () => {
    const { run } = fragile((x) => mul(x, 1e30), 1e-30, 1);
    const error = await errorOf(run);
    expect(error.message).toMatch(/the loss is Infinity at step 2: a number grew past the largest/);
  });

  test('is traced to weights or inputs that were broken before', async () => {
    const { run } = fragile((x) => x, 1, NaN);
    expect((await errorOf(run)).message).toContain('its input is not finite');
    const poisoned = fragile((x) => x, 1);
    assign(poisoned.model.linear.W, full([1, 1], NaN));
    expect((await errorOf(poisoned.run)).message).toContain(
      'the weights linear.W were not finite before it',
    );
  });

  test('is found again with the same dropout, and the random state is that before the step', async () => {
    let calls = 0;
    const before: unknown[] = [];
    const wrong: LossFunction = (output, target) => {
      calls++;
      const loss = crossEntropy(output as Tensor, target as Tensor);
      return calls < 4 ? loss : div(sub(loss, loss), sub(loss, loss));
    };
    const { trainer, train } = toy({
      loss: wrong,
      callbacks: [{ onStep: () => void before.push(randomState()) }],
    });
    const error = await errorOf(trainer.fit({ train, steps: 9 }));
    expect(error.details).toMatchObject({ step: 4, anomaly: 'div' });
    expect(calls).toBe(5);
    expect(randomState()).toEqual(before[2]);
  });

  test('leaves the last good checkpoint, from which a repaired run goes on', async () => {
    let calls = 0;
    const wrong: LossFunction = (output, target) => {
      calls++;
      const loss = crossEntropy(output as Tensor, target as Tensor);
      return calls < 6 ? loss : mul(loss, NaN);
    };
    const checkpoint = { to: memoryCheckpoints(), every: 2 };
    const broken = toy({ loss: wrong });
    const run = broken.trainer.fit({ train: broken.train, steps: 8, checkpoint });
    const { message } = await errorOf(run);
    expect(message).toMatch(/of step 5\. The checkpoint of step 4 is in memory\.$/);
    expect((await checkpoint.to.load())?.step).toBe(4);
    const repaired = toy();
    await repaired.trainer.fit({ train: repaired.train, steps: 8, checkpoint, resume: true });
    const expected = toy();
    await expected.trainer.fit({ train: expected.train, steps: 8 });
    expect(bits(repaired.model.stateDict())).toEqual(bits(expected.model.stateDict()));
  });
});
