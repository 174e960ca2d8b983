import { DataError, OptionError } from '@unroll/backend';
import { Dropout, Linear, Module } from '@unroll/nn';
import { Adam } from '@unroll/optimizers';
import { mul, randomState, type Tensor, tensor } from '@unroll/tensor';
import { expect, test } from 'vitest';
import { bits, timeless, toy } from '../toy.ts';
import { Trainer } from '../trainer.ts';

test('a net that learns knows one batch by heart, and everything is as it was', async () => {
  const { trainer, model, optimizer, train } = toy();
  await trainer.fit({ train, steps: 3 });
  const state = () => [
    bits(model.stateDict()),
    JSON.stringify(optimizer.stateDict(), (_, x) =>
      ArrayBuffer.isView(x) ? [...(x as never)] : x,
    ),
    randomState(),
    train.stateDict(),
    model.training,
  ];
  const before = state();
  const check = await trainer.check({ train, steps: 150 });
  expect(check.overfits).toBe(true);
  expect(check.warnings).toEqual([]);
  expect(check.after).toBeLessThan(check.before / 2);
  expect(state()).toEqual(before);
});

test('a run with a check before it has the bits of one without', async () => {
  const run = async (checked: boolean) => {
    const { trainer, model, train } = toy({ seed: 4, onWarning: () => {} });
    if (checked) await trainer.check({ train, steps: 5 });
    const history = await trainer.fit({ train, steps: 9 });
    return [timeless(history), bits(model.stateDict())];
  };
  expect(await run(true)).toEqual(await run(false));
});

test('a net that cannot learn is told, with the figures and what to look at', async () => {
  /** Reads nothing of its input. */
  class Blind extends Module {
    readonly linear = new Linear({ inputSize: 2, outputSize: 4, name: 'blind' });
    readonly dropout = new Dropout({ p: 0.1, name: 'blind.dropout' });
    override forward(x: Tensor): Tensor {
      return this.dropout.forward(this.linear.forward(mul(x, 0)));
    }
  }
  const model = new Blind();
  const optimizer = new Adam(model.parameters(), { lr: 0.05 });
  const told: string[] = [];
  const trainer = new Trainer({ model, optimizer, onWarning: ({ kind }) => told.push(kind) });
  const batch = {
    input: tensor([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]),
    target: tensor([0, 1, 2, 3], { dtype: 'int32' }),
  };
  const check = await trainer.check({ train: [batch], steps: 60 });
  expect(check.overfits).toBe(false);
  expect(check.warnings.at(-1)?.message).toMatch(
    /^one batch cannot be overfitted: 60 steps on it alone brought the loss from 1\.\d+ to 1\.\d+, not to half/,
  );
  expect(told).toEqual(check.warnings.map(({ kind }) => kind));
});

test('a check without a batch or with no steps is refused', async () => {
  const { trainer, train } = toy();
  await expect(trainer.check({ train: [] })).rejects.toThrow(DataError);
  await expect(trainer.check({ train, steps: 0 })).rejects.toThrow(OptionError);
});
