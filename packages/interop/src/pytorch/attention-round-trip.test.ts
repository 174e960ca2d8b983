import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MultiHeadAttention, TransformerDecoder, TransformerEncoder } from '@unroll/attention';
import { LayerNorm, Module } from '@unroll/nn';
import { encode } from '@unroll/safetensors';
import { add, assign, manualSeed, randomStream, Sequence, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decodeNpz, encodeNpz } from '../npz/npz.ts';
import { pythonWith, runPython } from '../testing/python.ts';
import { lengthsOfPaddingMask } from './padding-mask.ts';
import { loadPyTorch, toPyTorch } from './state-dict.ts';

const python = pythonWith('torch', 'numpy');
const place = python ?? 'no Python here can import torch; Debian: apt-get install python3-torch';

const sizes = { size: 8, numHeads: 2, feedForwardSize: 12 };
const stack = { ...sizes, numLayers: 2 };
const pre = { ...stack, normFirst: true, activation: 'gelu' } as const;

/** torch.nn.Transformer has a last norm behind layers that end in one, too. */
class Transformer extends Module {
  readonly encoder = new TransformerEncoder({ ...sizes, numLayers: 1 });
  readonly encoderNorm = new LayerNorm({ size: 8 });
  readonly decoder = new TransformerDecoder({ ...sizes, numLayers: 1 });
  readonly decoderNorm = new LayerNorm({ size: 8 });

  override forward(x: Sequence, source: Sequence): Sequence {
    const memory = this.encoderNorm.forward(this.encoder.forward(source).output);
    return this.decoderNorm.forward(this.decoder.forward(x, memory).output);
  }
}

/** What `attention_peer.py` builds in Python, here. */
const models: Record<string, { make: () => Module; memorySize?: number }> = {
  attention: { make: () => new MultiHeadAttention({ size: 8, numHeads: 2 }) },
  'attention to other rows': {
    make: () => new MultiHeadAttention({ size: 8, numHeads: 2, memorySize: 6, bias: false }),
    memorySize: 6,
  },
  encoder: { make: () => new TransformerEncoder(stack) },
  'encoder, norm first': { make: () => new TransformerEncoder(pre) },
  decoder: { make: () => new TransformerDecoder(stack) },
  'decoder, norm first': { make: () => new TransformerDecoder(pre) },
  transformer: { make: () => new Transformer() },
};

const modules = { encoderNorm: 'encoder.norm', decoderNorm: 'decoder.norm' };
const optionsOf = (model: Module) => (model instanceof Transformer ? { modules } : {});

type Forward = (x: Sequence, memory?: Sequence) => Sequence | { output: Sequence };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'unroll-torch-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => manualSeed(7));

/** The mask that PyTorch takes: true beyond the end. */
function paddingOf(lengths: readonly number[]) {
  const time = Math.max(...lengths);
  const rows = lengths.map((n) => Array.from({ length: time }, (_, t) => Number(t >= n)));
  return tensor(rows, { dtype: 'bool' });
}

function inputsOf(memorySize: number) {
  const draw = (...shape: number[]) => randomStream('test').normal(shape);
  const [x, memory] = [draw(2, 5, 8), draw(2, 6, memorySize)];
  return { x, memory, xPadding: paddingOf([3, 5]), memoryPadding: paddingOf([6, 4]) };
}

async function outputHere(model: Module, inputs: ReturnType<typeof inputsOf>): Promise<Sequence> {
  const { x, memory, xPadding, memoryPadding } = inputs;
  const given = Sequence.fromBatch(x, await lengthsOfPaddingMask(xPadding));
  const source = Sequence.fromBatch(memory, await lengthsOfPaddingMask(memoryPadding));
  const forward = model.forward.bind(model) as unknown as Forward;
  const made = model instanceof TransformerEncoder ? model.forward(given) : forward(given, source);
  return made instanceof Sequence ? made : made.output;
}

describe.skipIf(python === undefined)(`attention goes to PyTorch and back (${place})`, () => {
  describe.each(Object.entries(models))('%s', (kind, { make, memorySize = 8 }) => {
    const paths = (format: string) =>
      [`weights.${format}`, 'inputs.npz', 'outputs.npz'].map((name) => join(folder, name));

    /** Rows that exist of what the other side gives. */
    async function peer(
      verb: 'load' | 'train',
      format: string,
      inputs: ReturnType<typeof inputsOf>,
    ) {
      const [weights, given, outputs] = paths(format);
      writeFileSync(given, await encodeNpz(inputs));
      runPython(python as string, 'attention_peer.py', verb, kind, weights, given, outputs);
      const { output } = decodeNpz(readFileSync(outputs));
      return Sequence.fromBatch(output, await lengthsOfPaddingMask(inputs.xPadding));
    }

    test('from here, through safetensors, it gives the same outputs there', async () => {
      const model = make();
      // No weight is where it started, as biases at 0 and gains at 1.
      for (const w of model.parameters()) {
        assign(w, add(w.detach(), randomStream('shake').normal([...w.shape], { std: 0.1 })));
      }
      const inputs = inputsOf(memorySize);
      writeFileSync(paths('safetensors')[0], await encode(toPyTorch(model, optionsOf(model))));
      const theirs = await peer('load', 'safetensors', inputs);
      expectClose((await outputHere(model, inputs)).rows, theirs.rows);
    });

    test('trained there, through npz, it gives the same outputs here', async () => {
      const inputs = inputsOf(memorySize);
      const theirs = await peer('train', 'npz', inputs);
      const model = make();
      const file = readFileSync(paths('npz')[0]);
      expect(loadPyTorch(model, file, optionsOf(model))).toMatchObject({ missing: [] });
      expectClose((await outputHere(model, inputs)).rows, theirs.rows);
    });
  });
});
