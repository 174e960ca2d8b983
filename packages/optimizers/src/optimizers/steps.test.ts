import { reference } from '@unroll/backend';
import { cast, mul, noGrad, parameter, type Tensor, tensor, useBackend } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import {
  Adagrad,
  Adam,
  AdamW,
  clipGradNorm,
  clipGradValue,
  NAdam,
  type Optimizer,
  type OptimizerOptions,
  RMSprop,
  Rprop,
  SGD,
  SignSGD,
} from '../index.ts';

type Make = (params: Tensor[], options: OptimizerOptions) => Pick<Optimizer, 'step'>;

const kinds: Record<string, Make> = {
  SGD: (params, options) => new SGD(params, options),
  SignSGD: (params, options) => new SignSGD(params, options),
  Rprop: (params, options) => new Rprop(params, options),
  Adagrad: (params, options) => new Adagrad(params, options),
  RMSprop: (params, options) => new RMSprop(params, options),
  Adam: (params, options) => new Adam(params, options),
  AdamW: (params, options) => new AdamW(params, options),
  NAdam: (params, options) => new NAdam(params, options),
};

interface Steps {
  start: Tensor[];
  gradients: Tensor[][];
  cases: { optimizer: string; options: OptimizerOptions; values: Tensor[][] }[];
}

const { start, gradients, cases } = fixture<Steps>(import.meta.url, 'steps');

describe('ten steps give the numbers of PyTorch (SignSGD: of NumPy)', () => {
  for (const { optimizer: name, options, values } of cases) {
    for (const dtype of ['float64', 'float32'] as const) {
      test(`${name} ${JSON.stringify(options)} in ${dtype}`, () => {
        const params = start.map((x) => parameter(copy(cast(x, dtype))));
        const optimizer = kinds[name](params, options);
        for (const [k, step] of gradients.entries()) {
          for (const [i, p] of params.entries()) p.grad = cast(step[i], dtype);
          optimizer.step();
          for (const [i, p] of params.entries()) expectClose(p, cast(values[k][i], dtype));
        }
      });
    }
  }

  test('of every optimizer', () => {
    expect(new Set(cases.map(({ optimizer }) => optimizer))).toEqual(new Set(Object.keys(kinds)));
    expect(gradients).toHaveLength(10);
  });
});

/** A parameter takes over the memory that it is made of. */
function copy(x: Tensor): Tensor {
  return noGrad(() => mul(x, 1));
}

describe('without reading a value', () => {
  const blind = {
    ...reference(),
    name: 'blind',
    read: () => Promise.reject(new Error('read')),
    readSync: undefined,
  };

  for (const { optimizer: name, options } of cases) {
    test(`${name} ${JSON.stringify(options)} steps, after clipping`, () => {
      const before = useBackend(blind);
      try {
        const p = parameter(tensor([1, -2]));
        const optimizer = kinds[name]([p], options);
        for (let k = 0; k < 3; k++) {
          p.grad = tensor([0.5, 4]);
          clipGradNorm([p], { max: 1, min: 0.1 });
          clipGradValue([p], { max: 0.5 });
          optimizer.step();
        }
        expect(p.storage.backend).toBe(blind);
        expect(p.storage.version).toBe(3);
      } finally {
        useBackend(before);
      }
    });
  }
});
