import domino from '@mixmark-io/domino';
import { Linear, type Module, mseLoss } from '@unroll/nn';
import { SGD } from '@unroll/optimizers';
import { manualSeed, ones, Sequence, sum, type Tensor, tensor } from '@unroll/tensor';
import { Trainer } from '@unroll/trainers';
import { expect, test } from 'vitest';
import { watchGradients } from './gradient-flow.ts';
import { reportCallback } from './report-callback.ts';

const batch = { input: tensor([[1], [2]]), target: tensor([[2], [4]]) };

/** Fits y = 2x for some steps; gives the page that was written. */
async function reportOf(fit: { steps: number; signal?: AbortSignal }, withValid: boolean) {
  manualSeed(1);
  const model = new Linear({ inputSize: 1, outputSize: 1 });
  let page = '';
  const report = reportCallback({
    title: 'doubling',
    unit: 'squared error',
    config: { lr: 0.1 },
    write: (text) => {
      page = text;
    },
  });
  const trainer = new Trainer({
    model,
    optimizer: new SGD(model.parameters(), { lr: 0.1 }),
    loss: (output: Tensor | Sequence, target: Tensor | Sequence) =>
      mseLoss(output as Tensor, target as Tensor),
    callbacks: [report],
  });
  const history = await trainer.fit({
    train: [batch],
    ...(withValid ? { valid: [batch] } : {}),
    ...fit,
  });
  const document = domino.createDocument(page);
  const texts = (selector: string) =>
    Array.from(document.querySelectorAll(selector), (each) => each.textContent);
  return { history, texts };
}

test('a run that ends leaves its report, with the curve and what it knows', async () => {
  const { history, texts } = await reportOf({ steps: 5 }, true);
  expect(texts('h1')).toEqual(['doubling']);
  expect(texts('th')).toContain('lr');
  expect(texts('.wide circle title')).toHaveLength(history.valid.length);
  expect(Number(texts('.figures dd')[0])).toBeCloseTo(history.best?.loss as number, 3);
});

test('a run without validation has a report too', async () => {
  const { texts } = await reportOf({ steps: 3 }, false);
  expect(texts('.wide circle title')).toEqual([]);
  expect(texts('.figures')).toEqual([]);
  expect(texts('.wide svg')).toHaveLength(1);
});

test('so has a run that was aborted', async () => {
  const stop = new AbortController();
  stop.abort();
  const { history, texts } = await reportOf({ steps: 50, signal: stop.signal }, false);
  expect(history.stopped).toBe('aborted');
  expect(texts('h1')).toEqual(['doubling']);
});

test('gradients over time are measured when a run ends, on the trained model', async () => {
  manualSeed(1);
  const model = new Linear({ inputSize: 1, outputSize: 1 });
  const [pages, measured]: [string[], Module[]] = [[], []];
  const report = reportCallback({
    title: 'doubling',
    unit: 'squared error',
    write: (page) => {
      pages.push(page);
    },
    gradients: (given) => {
      measured.push(given);
      const x = Sequence.fromArrays([ones([3, 1], { requiresGrad: true })]);
      const watch = watchGradients({ inputs: x });
      sum((given as typeof model).forward(x).rows).backward();
      return watch.read();
    },
  });
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  const loss = (output: Tensor | Sequence, target: Tensor | Sequence) =>
    mseLoss(output as Tensor, target as Tensor);
  const trainer = new Trainer({ model, optimizer, loss, callbacks: [report] });
  await trainer.fit({ train: [batch], steps: 2 });
  expect(measured).toEqual([model]);
  const legend = domino.createDocument(pages[0]).querySelectorAll('.gradients .legend span');
  expect(Array.from(legend, (each) => each.textContent)).toEqual([
    'inputs, first over last step 1',
  ]);
});
