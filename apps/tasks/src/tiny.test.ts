import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { affine, defineCell, Recurrent } from '@unroll/cells';
import { mseLoss } from '@unroll/nn';
import { SGD } from '@unroll/optimizers';
import { readSafetensors, writeSafetensors } from '@unroll/safetensors/node';
import { add, tanh, tensor, zeros } from '@unroll/tensor';
import { expect, test } from 'vitest';

// One walk through the whole house: if this fails, look here first.
test('constant → program → backward → optimizer → file', async () => {
  // constant
  const x = tensor([[[1], [2]]]); // [batch 1, time 2, features 1]
  expect(await add(x, 1).toArray()).toEqual([[[2], [3]]]);

  // program: a cell, traced once, and run over time
  const cell = defineCell({
    name: 'tiny',
    states: ['h'],
    gates: ['h'],
    step: ({ x, h }, { W, U, b }) => ({ h: tanh(affine([x, W.h], [h, U.h], b.h)) }),
  });
  const layer = new Recurrent({ cell, inputSize: 1, hiddenSize: 1 });
  layer.loadStateDict({ '0.W': tensor([[0.5]]), '0.U': tensor([[0.25]]), '0.b': zeros([1]) });
  const [w, u] = [0.5, 0.25];
  const h1 = Math.tanh(w * 1);
  const h2 = Math.tanh(w * 2 + u * h1);
  const { output } = layer.forward(x);

  // backward
  const loss = mseLoss(output, zeros([1, 2, 1]));
  loss.backward();
  expect(await loss.item()).toBeCloseTo((h1 ** 2 + h2 ** 2) / 2, 6);
  const d2 = h2 * (1 - h2 ** 2);
  const d1 = (h1 + d2 * u) * (1 - h1 ** 2);
  const parameters = layer.namedParameters();
  expect(parameters.get('0.W')?.grad?.itemSync()).toBeCloseTo(d1 * 1 + d2 * 2, 6);
  expect(parameters.get('0.U')?.grad?.itemSync()).toBeCloseTo(d2 * h1, 6);

  // optimizer
  new SGD(layer.parameters(), { lr: 0.1 }).step();
  expect(layer.stateDict()['0.U'].itemSync()).toBeCloseTo(u - 0.1 * d2 * h1, 6);

  // file
  const folder = await mkdtemp(join(tmpdir(), 'unroll-tiny-'));
  try {
    const file = join(folder, 'tiny.safetensors');
    await writeSafetensors(file, layer.stateDict());
    const { tensors } = await readSafetensors(file);
    for (const [name, weight] of Object.entries(layer.stateDict())) {
      expect(tensors[name].dataSync()).toEqual(weight.dataSync());
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
