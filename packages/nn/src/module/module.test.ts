import { DataError } from '@unroll/backend';
import {
  add,
  manualSeed,
  mul,
  ones,
  type Parameter,
  parameter,
  type Tensor,
  tensor,
  zeros,
} from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { Dropout } from '../layers/dropout.ts';
import { Embedding } from '../layers/embedding.ts';
import { Linear } from '../layers/linear.ts';
import { Sequential } from '../layers/sequential.ts';
import { buffer } from './buffer.ts';
import { Module } from './module.ts';

class Scale extends Module {
  readonly factor = parameter(ones([3]));
  readonly running = buffer(zeros([3]));
  readonly notes = { shape: [3], constant: tensor([1, 2, 3]) };

  override forward(x: Tensor): Tensor {
    return mul(x, this.factor);
  }
}

class Model extends Module {
  readonly layers = [new Linear({ inputSize: 2, outputSize: 3 }), new Scale()] as const;
  readonly heads = { left: new Linear({ inputSize: 3, outputSize: 1, bias: false }) };
  readonly gains = [parameter(ones([1]))];

  override forward(x: Tensor): Tensor {
    const [linear, scale] = this.layers;
    return add(this.heads.left.forward(scale.forward(linear.forward(x))), this.gains[0]);
  }
}

const names = [
  'gains.0',
  'layers.0.W',
  'layers.0.b',
  'layers.1.factor',
  'heads.left.W',
  'layers.1.running',
];

beforeEach(() => manualSeed(1));

describe('a module', () => {
  test('finds parameters and modules in properties, arrays and plain objects', () => {
    const model = new Model();
    expect([...model.namedModules().keys()]).toEqual(['', 'layers.0', 'layers.1', 'heads.left']);
    expect([...model.namedParameters().keys()]).toEqual(names.slice(0, 5));
    expect([...model.namedBuffers().keys()]).toEqual(['layers.1.running']);
    expect(model.parameters()).toHaveLength(5);
    expect(Object.keys(model.stateDict())).toEqual(names);
  });

  test('lists a parameter or a module that is used twice once, under its first path', () => {
    const embedding = new Embedding({ numEmbeddings: 4, embeddingSize: 3 });
    class Tied extends Module {
      readonly first = embedding;
      readonly second = embedding;
      readonly output = embedding.W;
      parent: Module = this;
      override forward(): undefined {}
    }
    expect([...new Tied().namedParameters().keys()]).toEqual(['output']);
    expect([...new Tied().namedModules().keys()]).toEqual(['', 'first']);
  });

  test('may name its own parameters and children', () => {
    class Cell extends Module {
      readonly weights = { W: parameter(ones([1])) };
      override ownParameters(): Record<string, Parameter> {
        return this.weights;
      }
      override forward(): undefined {}
    }
    class Stack extends Module {
      readonly cells = [new Cell(), new Cell()];
      override namedChildren(): Map<string, Module> {
        return new Map(this.cells.map((cell, i) => [String(i), cell]));
      }
      override forward(): undefined {}
    }
    expect(Object.keys(new Stack().stateDict())).toEqual(['0.W', '1.W']);
  });

  test('sets training for all modules below', () => {
    const model = new Sequential(new Sequential(new Dropout()), new Dropout());
    const states = () => [...model.namedModules().values()].map((module) => module.training);
    expect(states()).toEqual([true, true, true, true]);
    expect(model.eval()).toBe(model);
    expect(states()).toEqual([false, false, false, false]);
    expect(model.train().training).toBe(true);
    expect(states()).toEqual([true, true, true, true]);
  });

  test('says what it is made of', () => {
    const model = new Sequential(
      new Linear({ inputSize: 4, outputSize: 3 }),
      new Dropout({ p: 0.2 }),
    );
    expect(model.toString()).toBe(
      'Sequential(\n  0: Linear(W [4, 3], b [3])\n  1: Dropout(p 0.2)\n)',
    );
  });
});

describe('the name of a module', () => {
  test('is its class and a number, counted anew from each seed', () => {
    const make = () => [new Dropout(), new Linear({ inputSize: 1, outputSize: 1 }), new Dropout()];
    expect(make().map((module) => module.name)).toEqual(['Dropout', 'Linear', 'Dropout_1']);
    manualSeed(1);
    expect(make()[2].name).toBe('Dropout_1');
    expect(new Dropout({ name: 'mine' }).name).toBe('mine');
  });

  test('decides its random numbers: a module of another class changes nothing elsewhere', () => {
    const linear = () => new Linear({ inputSize: 3, outputSize: 2 }).W.dataSync();
    const alone = linear();
    manualSeed(1);
    new Embedding({ numEmbeddings: 5, embeddingSize: 2 });
    expect(linear()).toEqual(alone);
    expect(linear()).not.toEqual(alone);
    manualSeed(1);
    expect(new Linear({ inputSize: 3, outputSize: 2, name: 'Linear' }).W.dataSync()).toEqual(alone);
  });
});

describe('the state of a module', () => {
  test('goes over to another one, and the parameters stay the same tensors', () => {
    const [from, to] = [new Model(), new Model()];
    const before = to.parameters();
    expect(to.loadStateDict(from.stateDict())).toEqual({ missing: [], unexpected: [] });
    expect(to.parameters()).toEqual(before);
    const x = tensor([[1, -2]]);
    expectClose(to.forward(x), from.forward(x), 0);
    expect(to.layers[1].stateDict().running.requiresGrad).toBe(false);
  });

  test('shares memory with the module and does not require a gradient', () => {
    const linear = new Linear({ inputSize: 1, outputSize: 1 });
    const { W } = linear.stateDict();
    linear.loadStateDict({ W: tensor([[7]]), b: tensor([0]) });
    expect(W.itemSync()).toBe(7);
    expect(W.requiresGrad).toBe(false);
  });

  test('that does not fit is one error with all names, and nothing is written', () => {
    const linear = new Linear({ inputSize: 2, outputSize: 1 });
    const before = linear.W.dataSync();
    const wrong = { W: ones([1, 2]), bias: ones([1]), other: ones([1]) };
    let error: unknown;
    try {
      linear.loadStateDict(wrong);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toBe(
      [
        'loadStateDict: this is not the state of this Linear; nothing was written.',
        '  missing: b',
        '  unexpected: bias, other',
        '  misshapen: W is float32 [2, 1], got float32 [1, 2]',
      ].join('\n'),
    );
    expect((error as DataError).details).toMatchObject({ missing: ['b'] });
    expect(linear.W.dataSync()).toEqual(before);
  });

  test('of another dtype, or what is no tensor, does not fit either', () => {
    const linear = new Linear({ inputSize: 1, outputSize: 1 });
    const wide = { W: ones([1, 1], { dtype: 'float64' }), b: [1] as never };
    expect(() => linear.loadStateDict(wide)).toThrow(
      'W is float32 [1, 1], got float64 [1, 1]; b is no tensor',
    );
    expect(() => linear.loadStateDict(wide, { strict: false })).toThrow(DataError);
  });

  test('is loaded as far as it goes when that is asked for', () => {
    const linear = new Linear({ inputSize: 1, outputSize: 1 });
    const b = linear.b?.itemSync();
    const result = linear.loadStateDict({ W: tensor([[5]]), x: ones([1]) }, { strict: false });
    expect(result).toEqual({ missing: ['b'], unexpected: ['x'] });
    expect([linear.W.itemSync(), linear.b?.itemSync()]).toEqual([5, b]);
    expect(() => linear.loadStateDict({})).toThrow('{ strict: false }');
  });

  test('takes no name from the prototype of the record', () => {
    class Odd extends Module {
      override ownParameters(): Record<string, Parameter> {
        return { constructor: parameter(ones([1])) };
      }
      override forward(): undefined {}
    }
    expect(() => new Odd().loadStateDict({})).toThrow('missing: constructor');
  });
});
