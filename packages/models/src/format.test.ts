import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lstm, withActivations, zoneout } from '@unroll/cells';
import { decodeArrays } from '@unroll/safetensors';
import { hardSigmoid, tensor } from '@unroll/tensor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { load, save } from './folder.ts';
import { LanguageModel } from './language-model.ts';
import { freshFolder, removeFolder } from './testing/folders.ts';

const format1 = new URL('./fixtures/format-1/', import.meta.url);
const format2 = new URL('./fixtures/format-2/', import.meta.url);

let folder: string;

beforeEach(async () => {
  folder = await freshFolder();
});

afterEach(() => removeFolder(folder));

describe('a folder of format 1', () => {
  test('loads, and scores what its weights say by the equations of an LSTM', async () => {
    const saved = await load(format1);
    expect(saved.labels).toEqual(['a', 'b']);
    const ids = saved.tokenizer?.encode('hello wood!') ?? [];
    expect([...ids]).toEqual([4, 3, 5, 5, 6, 1, 8, 6, 6, 2, 0]);
    const expected = await byHand(ids);
    const found = saved.logits('hello wood!').dataSync();
    for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 4);
  });
});

describe('a folder of format 2', () => {
  test('loads a cell that was wrapped, by the names in it, with the connection around it', async () => {
    const saved = await load(format2);
    expect(saved.model.config).toMatchObject({
      cell: {
        make: 'zoneout',
        of: {
          make: 'withActivations',
          of: 'lstm',
          options: { recurrentActivation: 'hardSigmoid' },
        },
        options: { h: 0.1, c: 0.2 },
      },
      connection: 'residual',
    });
    const cell = zoneout(withActivations(lstm, { recurrentActivation: hardSigmoid }), {
      h: 0.1,
      c: 0.2,
    });
    const model = new LanguageModel({ ...saved.model.config, cell }).eval();
    model.loadStateDict(saved.model.stateDict());
    const ids = tensor([[...(saved.tokenizer?.encode('hello') ?? [])]], { dtype: 'int32' });
    const scores = saved.logits('hello').dataSync();
    expect([...scores]).toEqual([...model.forward(ids).output.dataSync()]);
    expect(scores[0]).toBeCloseTo(0.102462, 5);
  });

  test('is what is written today, to the bit', async () => {
    const saved = await load(format2);
    await save(folder, saved);
    for (const name of await readdir(folder)) {
      const old = await readFile(new URL(name, format2));
      expect((await readFile(join(folder, name))).equals(old), basename(name)).toBe(true);
    }
  });
});

/** Scores `[time · classes]` of the format's two-layer LSTM in plain arithmetic: W by columns i, f, g, o; x·W + h·U + b. */
async function byHand(ids: ArrayLike<number>): Promise<number[]> {
  const bytes = await readFile(fileURLToPath(new URL('weights.safetensors', format1)));
  const { arrays } = decodeArrays(new Uint8Array(bytes));
  const times = (x: readonly number[], name: string): number[] => {
    const { shape, values } = arrays[name];
    return Array.from({ length: shape[1] }, (_, j) =>
      x.reduce((sum, xi, i) => sum + xi * values[i * shape[1] + j], 0),
    );
  };
  const plus = (...terms: ArrayLike<number>[]) =>
    Array.from(terms[0], (_, i) => terms.reduce((sum, term) => sum + term[i], 0));
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const states = [0, 1].map(() => ({ h: [0, 0, 0, 0], c: [0, 0, 0, 0] }));
  const out: number[] = [];
  for (const id of Array.from(ids)) {
    let x = Array.from(arrays['embedding.W'].values.subarray(3 * id, 3 * id + 3), Number);
    for (const [layer, state] of states.entries()) {
      const key = `recurrent.${layer}`;
      const a = plus(times(x, `${key}.W`), times(state.h, `${key}.U`), arrays[`${key}.b`].values);
      const [i, f, g, o] = [0, 4, 8, 12].map((from) => a.slice(from, from + 4));
      state.c = state.c.map((c, k) => sigmoid(f[k]) * c + sigmoid(i[k]) * Math.tanh(g[k]));
      state.h = state.c.map((c, k) => sigmoid(o[k]) * Math.tanh(c));
      x = state.h;
    }
    out.push(...plus(times(x, 'head.W'), arrays['head.b'].values));
  }
  return out;
}
