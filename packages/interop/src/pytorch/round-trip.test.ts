import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crossEntropy } from '@unroll/nn';
import { AdamW } from '@unroll/optimizers';
import { encode } from '@unroll/safetensors';
import { manualSeed, reshape, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeNpz, encodeNpz } from '../npz/npz.ts';
import { pythonWith, runPython } from '../testing/python.ts';
import { Tagger } from '../testing/tagger.ts';
import { loadPyTorch, toPyTorch } from './state-dict.ts';

const python = pythonWith('torch', 'numpy');
const place = python ?? 'no Python here can import torch; Debian: apt-get install python3-torch';

const ids = tensor(
  [
    [3, 1, 4, 1, 5],
    [2, 6, 5, 3, 5],
  ],
  { dtype: 'int32' },
);
const modules = { head: 'fc' };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'unroll-torch-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A few steps, so that no weight is where it started. */
function train(model: Tagger): void {
  const optimizer = new AdamW(model.parameters(), { lr: 0.05 });
  for (let step = 0; step < 5; step++) {
    optimizer.zeroGrad();
    const logits = reshape(model.forward(ids), [10, 5]);
    crossEntropy(logits, tensor([3, 1, 4, 1, 0, 2, 1, 0, 3, 0], { dtype: 'int32' })).backward();
    optimizer.step();
  }
}

describe.skipIf(python === undefined)(`a trained model goes to PyTorch and back (${place})`, () => {
  describe.each([
    ['lstm', 2, true, 'safetensors'],
    ['gru', 1, true, 'npz'],
    ['rnn-relu', 2, false, 'safetensors'],
    ['lstm-projection', 2, true, 'npz'],
  ] as const)(
    '%s of %i layers, bidirectional %s, through %s',
    (kind, layers, bidirectional, format) => {
      const write = format === 'npz' ? encodeNpz : encode;

      async function peer(verb: 'load' | 'train') {
        const [weights, inputs, outputs] = [`weights.${format}`, 'ids.npz', 'outputs.npz'].map(
          (name) => join(folder, name),
        );
        writeFileSync(inputs, await encodeNpz({ ids }));
        const options = [kind, String(layers), bidirectional ? '1' : '0'];
        runPython(python as string, 'torch_peer.py', verb, ...options, weights, inputs, outputs);
        return { weights, output: decodeNpz(readFileSync(outputs)).output };
      }

      test('trained here, it gives the same outputs there', async () => {
        manualSeed(5);
        const model = new Tagger({ kind, layers, bidirectional });
        train(model);
        writeFileSync(
          join(folder, `weights.${format}`),
          await write(toPyTorch(model, { modules })),
        );
        const { output } = await peer('load');
        expectClose(model.forward(ids), output);
      });

      test('trained there, it gives the same outputs here', async () => {
        const { weights, output } = await peer('train');
        const model = new Tagger({ kind, layers, bidirectional });
        const result = loadPyTorch(model, readFileSync(weights), { modules, file: weights });
        expect(result.missing).toEqual([]);
        expectClose(model.forward(ids), output);
      });
    },
  );
});
