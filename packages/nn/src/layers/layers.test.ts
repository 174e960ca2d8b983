import { DTypeError, IndexError, OptionError, type Shape, ShapeError } from '@unroll/backend';
import { full, manualSeed, Sequence, Tensor, tanh, tensor, zeros } from '@unroll/tensor';
import { checkOperation, expectClose } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import { constant } from '../init/constant.ts';
import type { Module } from '../module/module.ts';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { Linear } from './linear.ts';
import { LayerNorm, RMSNorm } from './normalization.ts';
import type { Rows } from './rowwise.ts';
import { Sequential } from './sequential.ts';

type Layer = Module & { forward<X extends Rows>(input: X): X };

/** Holds a layer's derivatives by its input and its parameters, which are replaced, against differences. */
function checkLayer(layer: Layer, input: Tensor | Shape): void {
  const own = Object.entries(layer.ownParameters());
  const shapes = own.map(([, { shape }]) => shape);
  const run = (x: Tensor, weights: readonly Tensor[]) =>
    Object.assign(layer, Object.fromEntries(own.map(([name], i) => [name, weights[i]]))).forward(x);
  if (input instanceof Tensor) checkOperation({ shapes, operation: (...w) => run(input, w) });
  else checkOperation({ shapes: [input, ...shapes], operation: (x, ...w) => run(x, w) });
}

const ids = (values: number[][]) => tensor(values, { dtype: 'int32' });

describe('layers have right first and second derivatives', () => {
  const norm = { size: 4, eps: 0.01 };
  test.each<[string, Layer]>([
    ['Linear', new Linear({ inputSize: 4, outputSize: 3 })],
    ['Linear without bias', new Linear({ inputSize: 4, outputSize: 3, bias: false })],
    ['LayerNorm', new LayerNorm(norm)],
    ['LayerNorm without bias', new LayerNorm({ ...norm, bias: false })],
    ['LayerNorm without parameters', new LayerNorm({ ...norm, elementwiseAffine: false })],
    ['RMSNorm', new RMSNorm(norm)],
    ['RMSNorm without parameters', new RMSNorm({ ...norm, elementwiseAffine: false })],
  ])('%s', (_title, layer) => {
    checkLayer(layer, [3, 2, 4]);
  });

  test('Dropout, whose mask is the same when its stream begins anew', () => {
    const layer = new Dropout({ p: 0.4, name: 'checked dropout' });
    const operation = (x: Tensor) => {
      manualSeed(1);
      return layer.forward(x);
    };
    checkOperation({ shapes: [[4, 3]], operation });
    const kept = operation(full([4, 3], 1)).dataSync();
    expect(kept).toContain(0);
    expect(kept.some((x) => x > 0)).toBe(true);
  });

  test('Sequential, by the weights of all its parts', () => {
    const [one, two] = [3, 1].map(
      (outputSize, i) => new Linear({ inputSize: [2, 3][i], outputSize }),
    );
    const model = new Sequential(one, tanh, two);
    checkOperation({
      shapes: [[4, 2], [2, 3], [3], [3, 1], [1]],
      operation: (x, ...weights) => {
        Object.assign(one, { W: weights[0], b: weights[1] });
        Object.assign(two, { W: weights[2], b: weights[3] });
        return model.forward(x);
      },
    });
  });

  test.each([undefined, 3])('Embedding with paddingIdx %s', (paddingIdx) => {
    const layer = new Embedding({ numEmbeddings: 4, embeddingSize: 2, paddingIdx });
    const input = ids([
      [3, 0, 3],
      [1, 2, 0],
    ]);
    if (paddingIdx === undefined) checkLayer(layer, input);
    // Differences see the row of the padding, the gradient on purpose does not.
    else expect(() => checkLayer(layer, input)).toThrow('element 6: the gradient is 0');
  });
});

describe('Linear', () => {
  test('is x·W + b', () => {
    const linear = new Linear({ inputSize: 2, outputSize: 2 });
    linear.loadStateDict({
      W: tensor([
        [1, 2],
        [3, 4],
      ]),
      b: tensor([10, 20]),
    });
    expectClose(
      linear.forward(
        tensor([
          [1, 0],
          [0, 1],
          [1, 1],
        ]),
      ),
      [
        [11, 22],
        [13, 24],
        [14, 26],
      ],
    );
    expectClose(linear.forward(tensor([1, 1])), [14, 26]);
  });

  test('starts within ±1/√inputSize, bias included, or as it is told', () => {
    const linear = new Linear({ inputSize: 100, outputSize: 50 });
    const values = [...linear.W.dataSync(), ...(linear.b as Tensor).dataSync()];
    const largest = values.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
    expect(largest).toBeLessThanOrEqual(0.1);
    expect(largest).toBeGreaterThan(0.099);
    const told = new Linear({ inputSize: 1, outputSize: 2, init: { b: constant(-2) } });
    expectClose(told.b as Tensor, [-2, -2]);
  });

  test('refuses rows of another size, ids and sizes that are none', () => {
    const linear = new Linear({ inputSize: 2, outputSize: 2 });
    expect(() => linear.forward(zeros([5, 3]))).toThrow(ShapeError);
    expect(() => linear.forward(zeros([5, 3]))).toThrow(
      'Linear: inputSize is 2; got [5, 3], whose last axis is 3',
    );
    expect(() => linear.forward(zeros([]))).toThrow(ShapeError);
    expect(() => linear.forward(ids([[1, 2]]))).toThrow(DTypeError);
    expect(() => linear.forward([[1, 2]] as never)).toThrow('needs a tensor; got an array');
    for (const inputSize of [0, -1, 1.5, Number.NaN]) {
      expect(() => new Linear({ inputSize, outputSize: 1 })).toThrow(OptionError);
    }
  });
});

describe('Embedding', () => {
  const options = { numEmbeddings: 3, embeddingSize: 2 };

  test('gives the rows of ids, of tensors and of sequences', () => {
    const layer = new Embedding(options);
    layer.loadStateDict({
      W: tensor([
        [0, 1],
        [2, 3],
        [4, 5],
      ]),
    });
    expectClose(layer.forward(ids([[2, 0]])), [
      [
        [4, 5],
        [0, 1],
      ],
    ]);
    const sequence = layer.forward(Sequence.fromArrays([[1], [2, 0]], { dtype: 'int32' }));
    expectClose(sequence.toBatch(), [
      [
        [2, 3],
        [0, 0],
      ],
      [
        [4, 5],
        [0, 1],
      ],
    ]);
  });

  test('names an id out of range and its place', () => {
    const layer = new Embedding(options);
    expect(() =>
      layer.forward(
        ids([
          [0, 1],
          [2, 3],
        ]),
      ),
    ).toThrow(IndexError);
    expect(() =>
      layer.forward(
        ids([
          [0, 1],
          [2, 3],
        ]),
      ),
    ).toThrow('Embedding: id 3 at position [1, 1] is out of range; valid ids are 0 to 2');
    const sequence = Sequence.fromArrays([[1], [2, 0, -1]], { dtype: 'int32' });
    expect(() => layer.forward(sequence)).toThrow('id -1 at step 2 of sequence 1');
    expect(() => layer.forward(zeros([1]))).toThrow(DTypeError);
    expect(() => layer.forward(zeros([1]))).toThrow('Embedding: ids must be int32; got float32');
  });

  test('starts the padding at zero and keeps it, whatever row it has now, without gradient', () => {
    const layer = new Embedding({ ...options, paddingIdx: 1 });
    expectClose(layer.forward(ids([[1]])), [[[0, 0]]], 0);
    layer.loadStateDict({
      W: tensor([
        [0, 1],
        [2, 3],
        [4, 5],
      ]),
    });
    const y = layer.forward(ids([[1, 1, 2]]));
    expectClose(y, [
      [
        [2, 3],
        [2, 3],
        [4, 5],
      ],
    ]);
    y.backward({
      gradient: tensor([
        [
          [1, 2],
          [3, 4],
          [5, 6],
        ],
      ]),
    });
    expectClose(layer.W.grad as Tensor, [
      [0, 0],
      [0, 0],
      [5, 6],
    ]);
  });

  test('refuses a padding that is no id', () => {
    expect(() => new Embedding({ ...options, paddingIdx: 3 })).toThrow(
      'paddingIdx must be an id from 0 to 2; got 3',
    );
    expect(() => new Embedding({ ...options, paddingIdx: 0.5 })).toThrow(OptionError);
    expect(() => new Embedding({ ...options, embeddingSize: 0 })).toThrow(OptionError);
  });
});

describe('LayerNorm and RMSNorm', () => {
  test('keep rows of zeros finite, and let NaN through', () => {
    for (const layer of [new LayerNorm({ size: 2 }), new RMSNorm({ size: 2 })]) {
      expectClose(
        layer.forward(
          tensor([
            [0, 0],
            [Number.NaN, 1],
          ]),
        ),
        [
          [0, 0],
          [Number.NaN, Number.NaN],
        ],
      );
      expect(() => layer.forward(zeros([2, 3]))).toThrow('size is 2; got [2, 3]');
    }
    expect(() => new LayerNorm({ size: 2, eps: 0 })).toThrow(OptionError);
    expect(() => new RMSNorm({ size: 2, eps: Number.NaN })).toThrow(OptionError);
    expect(() => new RMSNorm({ size: 0 })).toThrow(OptionError);
  });
});

describe('Sequential', () => {
  test('applies modules and functions in turn, to tensors and sequences', () => {
    const [first, second] = [
      new Linear({ inputSize: 2, outputSize: 3 }),
      new Linear({ inputSize: 3, outputSize: 1 }),
    ];
    const model = new Sequential(first, tanh, second);
    expect([...model.namedParameters().keys()]).toEqual(['0.W', '0.b', '2.W', '2.b']);
    const x = tensor([
      [1, 2],
      [-1, 0],
    ]);
    expectClose(model.forward(x), second.forward(tanh(first.forward(x))), 0);
    const sequence = Sequence.fromArrays([[[1, 2]], [[-1, 0]]]);
    expectClose(model.forward(sequence).rows, model.forward(x), 0);
  });
});
