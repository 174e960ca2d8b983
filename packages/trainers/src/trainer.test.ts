import { DataError, OptionError } from '@unroll/backend';
import { contiguousWindows } from '@unroll/datasets';
import { LanguageModel } from '@unroll/models';
import { crossEntropy, Linear, Module, mseLoss } from '@unroll/nn';
import { Adam, clipGradNorm, ReduceLROnPlateau, SGD, StepLR } from '@unroll/optimizers';
import {
  add,
  detachState,
  manualSeed,
  Sequence,
  sum,
  type Tensor,
  tensor,
  zeros,
} from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import type { Callback } from './callback.ts';
import { memoryCheckpoints } from './checkpoint.ts';
import { evaluate } from './evaluate.ts';
import type { Stopped } from './history.ts';
import type { Clip } from './options.ts';
import { bits, ids, toy } from './toy.ts';
import { Trainer } from './trainer.ts';

/** Adds up its inputs; writes down what state each batch began with. */
class Counter extends Module {
  readonly head = new Linear({ inputSize: 1, outputSize: 1, name: 'counter' });
  readonly starts: (number[] | undefined)[] = [];

  override forward(input: Tensor, state?: { total: Tensor }) {
    this.starts.push(state && Array.from(state.total.dataSync()));
    const total = sum(input, { axis: 1 });
    return {
      output: this.head.forward(input),
      state: { total: state ? add(state.total, total) : total },
    };
  }
}

function column(...rows: number[][]): Tensor {
  return tensor(rows.map((row) => row.map((x) => [x])));
}

describe('fit', () => {
  test('does to the bit what the five steps of a loop by hand do', async () => {
    const { model, trainer, train } = toy();
    await trainer.fit({ train, epochs: 2 });

    const hand = toy();
    for (let epoch = 0; epoch < 2; epoch++) {
      let carried: ReturnType<LanguageModel['forward']>['state'] | undefined;
      for (const { input, target, first } of hand.train) {
        hand.optimizer.zeroGrad();
        const { output, state } = hand.model.forward(input, first ? undefined : carried);
        crossEntropy(output, target).backward();
        clipGradNorm(hand.model.parameters(), { max: 1 });
        hand.optimizer.step();
        carried = detachState(state);
      }
    }
    expect(bits(model.stateDict())).toEqual(bits(hand.model.stateDict()));
  });

  test('gives the history as data', async () => {
    const { trainer, train, valid, model } = toy({
      makeSchedule: (optimizer) => new StepLR(optimizer, { stepSize: 2, gamma: 0.5 }),
    });
    const history = await trainer.fit({ train, valid, epochs: 2, steps: 99 });
    expect(history).toMatchObject({ step: 10, epoch: 2, tokens: 120, stopped: 'epochs' });
    expect(history.steps.map(({ step, epoch, lr, tokens }) => [step, epoch, lr, tokens])).toEqual(
      Array.from({ length: 10 }, (_, i) => [
        i + 1,
        i < 5 ? 0 : 1,
        0.03 * 0.5 ** Math.floor(i / 2),
        12,
      ]),
    );
    expect(history.valid.map(({ step, tokens }) => [step, tokens])).toEqual([
      [5, 25],
      [10, 25],
    ]);
    const last = history.valid[1];
    expect(last.perplexity).toBeCloseTo(Math.exp(last.loss), 12);
    expect(last.bitsPerToken).toBeCloseTo(last.loss * Math.log2(Math.E), 12);
    expect(last.loss).toBe((await evaluate(model, valid)).loss);
    expect(history.seconds).toBeGreaterThan(0);
  });

  test('learns', async () => {
    const { trainer, train, valid } = toy();
    const { valid: measured } = await trainer.fit({ train, valid, steps: 150, validateEvery: 50 });
    expect(measured.map(({ step }) => step)).toEqual([50, 100, 150]);
    expect(measured[2].loss).toBeLessThan(0.8 * Math.log(7));
  });

  test('carries the state from batch to batch where rows go on, and only the rows that do', async () => {
    const model = new Counter();
    const trainer = new Trainer({
      model,
      optimizer: new SGD(model.parameters(), { lr: 0.001 }),
      loss: mseLoss,
    });
    const batch = (first: boolean | undefined, ...rows: number[][]) => ({
      input: column(...rows),
      target: column(...rows),
      ...(first === undefined ? {} : { first }),
    });
    const train = [
      batch(true, [1, 2], [3, 4]),
      batch(false, [5, 6], [7, 8]),
      batch(false, [9]),
      batch(undefined, [1, 1], [1, 1]),
    ];
    await trainer.fit({ train, epochs: 2 });
    const once = [undefined, [3, 7], [14], undefined];
    expect(model.starts).toEqual([...once, ...once]);
  });

  test('cuts long batches into windows, with the state carried and the gradient cut', async () => {
    const whole = toy({ tbptt: { window: 2 } });
    await whole.trainer.fit({ train: whole.train, epochs: 1 });
    const cut = toy();
    const train = contiguousWindows(ids, { batchSize: 2, window: 2 });
    const history = await cut.trainer.fit({ train, epochs: 1 });
    expect(history.step).toBe(15);
    expect(bits(whole.model.stateDict())).toEqual(bits(cut.model.stateDict()));
  });

  test('learns ragged sequences, counting the tokens that are there', async () => {
    manualSeed(1);
    const model = new LanguageModel({ vocabSize: 5, embeddingSize: 3, hiddenSize: 4 });
    const trainer = new Trainer({ model, optimizer: new Adam(model.parameters(), { lr: 0.05 }) });
    const input = Sequence.fromArrays([[1, 2, 3], [4]], { dtype: 'int32' });
    const target = Sequence.fromArrays([[2, 3, 4], [0]], { dtype: 'int32' });
    const history = await trainer.fit({ train: [{ input, target }], steps: 30 });
    expect(history.tokens).toBe(120);
    expect(history.steps[29].loss).toBeLessThan(0.5 * history.steps[0].loss);
    const again = trainer.fit({ train: [{ input, target, first: true }], steps: 1 });
    await expect(again).resolves.toMatchObject({ step: 1 });
  });

  test('trains a module that gives its output alone', async () => {
    manualSeed(1);
    const model = new Linear({ inputSize: 1, outputSize: 1 });
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const trainer = new Trainer({ model, optimizer, loss: mseLoss });
    const train = [{ input: tensor([[1], [2]]), target: tensor([[3], [5]]) }];
    await trainer.fit({ train, epochs: 600 });
    expect(model.W.itemSync()).toBeCloseTo(2, 2);
    expect(model.b?.itemSync()).toBeCloseTo(1, 2);
  });

  test('stops when validations bring nothing, with the best weights restored', async () => {
    const { model, optimizer, trainer, train, valid } = toy();
    const seen: Record<string, number[]>[] = [];
    const worsen: Callback = {
      onValidate({ step }) {
        seen.push(bits(model.stateDict()));
        // From here on every update leads away.
        if (step === 4) optimizer.lr = 3;
      },
    };
    const other = new Trainer({ model, optimizer, callbacks: [worsen] });
    const history = await other.fit({ train, valid, steps: 100, validateEvery: 2, patience: 3 });
    expect(history).toMatchObject({ stopped: 'patience', restoredBest: true });
    expect(history.valid.at(-1)?.step).toBe((history.best?.step ?? 0) + 6);
    const best = history.valid.findIndex(({ step }) => step === history.best?.step);
    expect(history.best?.loss).toBe(Math.min(...history.valid.map(({ loss }) => loss)));
    expect(bits(model.stateDict())).toEqual(seen[best]);
    expect((await evaluate(model, valid)).loss).toBe(history.best?.loss);
    const kept = await trainer.fit({ train, valid, steps: 2, patience: 9, restoreBest: false });
    expect(kept.restoredBest).toBe(false);
  });

  test('keeps gradients within limits, and tells their norm before that', async () => {
    const run = async (clip: Clip) => {
      const { model, optimizer, train } = toy();
      let largest = 0;
      let length = 0;
      const watch: Callback = {
        onStep: () => {
          const grads = model
            .parameters()
            .flatMap(({ grad }) => Array.from(grad?.dataSync() ?? []));
          largest = Math.max(...grads.map(Math.abs));
          length = Math.hypot(...grads);
        },
      };
      const trainer = new Trainer({ model, optimizer, clip, callbacks: [watch] });
      const { steps } = await trainer.fit({ train, steps: 1 });
      return { largest, length, before: steps[0].gradNorm };
    };
    const byNorm = await run({ norm: 0.01 });
    expect(byNorm.length).toBeCloseTo(0.01, 5);
    const byValue = await run({ value: 0.001 });
    expect(byValue.largest).toBeCloseTo(0.001, 8);
    const lifted = await run({ norm: 50, min: 20 });
    expect(lifted.length).toBeCloseTo(20, 3);
    const free = await run({ norm: 50 });
    expect(free.length).toBeCloseTo(free.before, 6);
    for (const { before } of [byNorm, byValue, lifted]) expect(before).toBeCloseTo(free.before, 6);
  });

  test('steps ReduceLROnPlateau with each validation', async () => {
    const { optimizer, trainer, train, valid } = toy({
      makeSchedule: (adam) =>
        new ReduceLROnPlateau(adam, { factor: 0.5, patience: 0, threshold: 9 }),
    });
    await trainer.fit({ train, valid, steps: 6, validateEvery: 2 });
    expect(optimizer.lr).toBeCloseTo(0.03 / 4, 12);
  });

  test('stops after the current step at an abort, without a validation', async () => {
    const controller = new AbortController();
    const { trainer, train, valid } = toy({
      callbacks: [{ onStep: ({ step }) => step === 3 && controller.abort() }] as Callback[],
    });
    const { signal } = controller;
    const history = await trainer.fit({ train, valid, steps: 50, validateEvery: 3, signal });
    expect(history).toMatchObject({ step: 3, stopped: 'aborted', valid: [] });
    const nothing = await trainer.fit({ train, steps: 50, signal });
    expect(nothing).toMatchObject({ step: 0, stopped: 'aborted' });
  });

  test('lets timers run, so that they can abort', async () => {
    const { trainer, train } = toy();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 60);
    const history = await trainer.fit({ train, steps: 1e9, signal: controller.signal });
    expect(history.stopped).toBe('aborted' satisfies Stopped);
  });

  test('breaks a validation off at an abort, and the next one begins at the beginning', async () => {
    const { model, valid } = toy();
    const controller = new AbortController();
    const loss: typeof crossEntropy = ((output: Tensor, target: Tensor) => {
      controller.abort();
      return crossEntropy(output, target);
    }) as never;
    const { signal } = controller;
    expect(await evaluate(model, valid, { loss: loss as never, signal })).toBeUndefined();
    expect((await evaluate(model, valid)).tokens).toBe(25);
  });

  test('trains in training mode, validates and ends in evaluation mode', async () => {
    const modes: boolean[] = [];
    const { model, trainer, train, valid } = toy({
      callbacks: [
        { onStep: (_, run) => void modes.push(run.model.training) },
        { onValidate: (_, run) => void modes.push(run.model.training) },
      ],
    });
    model.eval();
    await trainer.fit({ train, valid, steps: 2, validateEvery: 1 });
    expect([...modes, model.training]).toEqual([true, true, true, true, false]);
  });

  test('draws the same dropout from the same seed', async () => {
    const run = async (seed: number) => {
      const { model, optimizer, train } = toy();
      await new Trainer({ model, optimizer, seed }).fit({ train, steps: 3 });
      return bits(model.stateDict());
    };
    expect(await run(5)).toEqual(await run(5));
    expect(await run(5)).not.toEqual(await run(6));
  });

  test('begins with whole epochs where an earlier run has stopped at the end of one', async () => {
    const { trainer, train } = toy();
    await trainer.fit({ train, steps: 5 });
    expect(await trainer.fit({ train, epochs: 1 })).toMatchObject({ step: 5, epoch: 1 });
  });

  test('refuses data without batches', async () => {
    const { trainer } = toy();
    await expect(trainer.fit({ train: [], epochs: 1 })).rejects.toThrow(DataError);
    const once = (function* () {
      yield { input: zeros([1, 2], { dtype: 'int32' }), target: zeros([1, 2], { dtype: 'int32' }) };
    })();
    await expect(trainer.fit({ train: once, epochs: 3 })).rejects.toThrow('train gives no batch');
  });

  test('lists everything that is wrong with its options in one error', async () => {
    const { model, optimizer, trainer, train } = toy();
    const options = { model, optimiser: optimizer, clip: { nrom: 1 }, tbptt: { window: 0 } };
    expect(() => new Trainer(options as never)).toThrow(OptionError);
    expect(() => new Trainer(options as never)).toThrow(
      "Trainer: there is no option 'optimiser'; there are model, optimizer, loss, clip, schedule, tbptt, callbacks, unkId, onWarning, seed; there is no option 'clip.nrom'; there are norm, value, min; optimizer is missing; clip must have either norm or value; tbptt.window must be a whole number of at least 1; got 0",
    );
    expect(() => new Trainer({ model, optimizer, clip: { norm: -1 } })).toThrow('clip.norm');
    await expect(
      trainer.fit({ train, stpes: 3, patience: 0, resume: true } as never),
    ).rejects.toThrow(
      "Trainer.fit: there is no option 'stpes'; there are train, valid, steps, epochs, readEvery, validateEvery, signal, checkpoint, resume, onDeviceLost, patience, restoreBest; say how long: steps or epochs; patience must be a whole number of at least 1; got 0; resume needs checkpoint: { to }, where the run was saved",
    );
    await expect(trainer.fit({ train, steps: 1, patience: 2 })).rejects.toThrow(
      'patience needs valid',
    );
    const checkpoint = { to: memoryCheckpoints() };
    const stream = { [Symbol.iterator]: () => train[Symbol.iterator]() };
    await expect(trainer.fit({ train: stream, steps: 1, checkpoint })).rejects.toThrow(
      'train has no stateDict()',
    );
  });
});

describe('evaluate', () => {
  test('counts every token once, whatever the batches', async () => {
    const { model } = toy();
    model.eval();
    const whole = tensor(ids.slice(0, -1), { shape: [1, 60] });
    const next = tensor(ids.slice(1), { shape: [1, 60] });
    const expected = crossEntropy(model.forward(whole).output, next).itemSync();
    for (const window of [1, 7, 60]) {
      const data = contiguousWindows(ids, { batchSize: 1, window, tail: 'keep' });
      const { loss, tokens } = await evaluate(model, data);
      expect(tokens).toBe(60);
      expect(loss).toBeCloseTo(expected, 5);
    }
  });

  test('leaves the mode of the model as it was', async () => {
    const { model, valid } = toy();
    const { loss } = await evaluate(model, valid);
    expect(model.training).toBe(true);
    model.eval();
    expect((await evaluate(model, valid)).loss).toBe(loss);
    expect(model.training).toBe(false);
    await expect(evaluate(model, [])).rejects.toThrow(DataError);
  });
});

describe('a batch with a source', () => {
  /** Its output is what it has read of the source. */
  class Echo extends Module {
    readonly head = new Linear({ inputSize: 1, outputSize: 1, name: 'echo' });
    readonly read: number[] = [];

    encode(source: Tensor) {
      this.read.push(...source.dataSync());
      return { seen: source };
    }

    override forward(input: Tensor, state: { seen: Tensor }) {
      return { output: this.head.forward(add(input, state.seen)), state };
    }
  }

  const batch = { input: column([1], [2]), target: column([1], [2]) };

  test('begins with what the model reads of it, in training and when it is judged', async () => {
    const model = new Echo();
    const optimizer = new SGD(model.parameters(), { lr: 0.1 });
    const trainer = new Trainer({
      model,
      optimizer,
      loss: (y, t) => mseLoss(y as Tensor, t as Tensor),
    });
    const data = [{ ...batch, source: column([5], [6]) }];
    await trainer.fit({ train: data, steps: 2 });
    expect(model.read).toEqual([5, 6, 5, 6]);
    await evaluate(model, data, { loss: (y, t) => mseLoss(y as Tensor, t as Tensor) });
    expect(model.read).toHaveLength(6);
  });

  test('is refused to a model that cannot read it', async () => {
    const model = new Linear({ inputSize: 1, outputSize: 1 });
    const trainer = new Trainer({ model, optimizer: new SGD(model.parameters(), { lr: 0.1 }) });
    const fit = trainer.fit({ train: [{ ...batch, source: column([5], [6]) }], steps: 1 });
    await expect(fit).rejects.toThrow('Linear has no encode(source)');
  });
});
