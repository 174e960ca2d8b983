import { roundingTolerance } from '@unroll/backend/testing';
import { type CellName, cells, Recurrent } from '@unroll/cells';
import { generate, rollout, sampler } from '@unroll/decoding';
import {
  concat,
  manualSeed,
  noGrad,
  reshape,
  type StateTree,
  slice,
  type Tensor,
  tensor,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, expect, test } from 'vitest';
import { LanguageModel } from './language-model.ts';
import { TransformerLanguageModel } from './transformer-language-model.ts';

beforeEach(() => manualSeed(7));

interface Scores {
  readonly output: Tensor;
  readonly state: StateTree;
}
type Model = { forward(ids: Tensor, state?: never): Scores };

const time = 12;
const sizes = { vocabSize: 9, hiddenSize: 8, embeddingSize: 8 };
const kinds: [name: string, make: () => LanguageModel | TransformerLanguageModel][] = [
  ...(Object.keys(cells) as CellName[]).map((cell): (typeof kinds)[number] => [
    `LanguageModel of ${cell}`,
    () => new LanguageModel({ ...sizes, numLayers: 2, cell }),
  ]),
  [
    'TransformerLanguageModel',
    () => new TransformerLanguageModel({ vocabSize: 9, size: 8, numLayers: 2, numHeads: 2 }),
  ],
];

/** The scores of a text, each id read by itself with the state of those before. */
function stepByStep(model: Model, ids: Int32Array): Tensor {
  const outputs: Tensor[] = [];
  let state: StateTree | undefined;
  for (const id of ids) {
    const next = noGrad(() => model.forward(tensor([[id]], { dtype: 'int32' }), state as never));
    outputs.push(next.output);
    state = next.state;
  }
  return concat(outputs, { axis: 1 });
}

test.each(kinds)(
  'step by step, %s scores what it writes as when it reads it whole',
  async (_, make) => {
    const model = make().eval();
    const written: number[] = [3];
    const options = { prompt: [3], length: time - 1, sampler: sampler({ temperature: 0.9 }) };
    for await (const id of generate(model as never, options)) written.push(id);
    const ids = Int32Array.from(written);
    const whole = noGrad(() => (model as Model).forward(tensor(ids, { shape: [1, time] }))).output;
    expectClose(stepByStep(model as Model, ids), whole, roundingTolerance(64, time));
    // Not by chance: another text is scored otherwise.
    const other = stepByStep(model as Model, ids.toReversed());
    const last = (x: Tensor) => [...slice(x, { axis: 1, from: time - 1, to: time }).dataSync()];
    expect(last(other)).not.toEqual(last(whole));
  },
);

test.each(Object.keys(cells) as CellName[])(
  'step by step, %s writes the values that it says when it reads them whole',
  async (cell) => {
    const { outputSize: size } = new Recurrent({ cell, inputSize: 1, hiddenSize: 8 });
    const net = new Recurrent({ cell, inputSize: size, hiddenSize: 8 });
    const waves = Float32Array.from({ length: 6 * size }, (_, i) => Math.sin(i));
    const prompt = tensor(waves, { shape: [2, 3, size] });
    const written: Tensor[] = [];
    for await (const value of rollout(net, { prompt, length: time })) {
      written.push(reshape(value, [2, 1, size]));
    }
    const read = concat([prompt, ...written.slice(0, -1)], { axis: 1 });
    const { output } = noGrad(() => net.forward(read));
    const said = slice(output, { axis: 1, from: 2, to: 2 + time });
    expectClose(concat(written, { axis: 1 }), said, roundingTolerance(size, time + 3));
  },
);
