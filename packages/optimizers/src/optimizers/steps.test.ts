import { cast, mul, parameter, type Tensor } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import * as optimizers from '../index.ts';

type Name = 'SGD' | 'SignSGD' | 'Rprop' | 'Adagrad' | 'RMSprop' | 'Adam' | 'AdamW' | 'NAdam';

interface Steps {
  start: Tensor[];
  gradients: Tensor[][];
  cases: { optimizer: Name; options: { lr: number }; values: Tensor[][] }[];
}

const { start, gradients, cases } = fixture<Steps>(import.meta.url, 'steps');

describe('ten steps give the numbers of PyTorch (SignSGD: of NumPy)', () => {
  for (const { optimizer: name, options, values } of cases) {
    for (const dtype of ['float64', 'float32'] as const) {
      test(`${name} ${JSON.stringify(options)} in ${dtype}`, () => {
        const params = start.map((x) => parameter(copy(cast(x, dtype))));
        const optimizer = new optimizers[name](params, options);
        for (const [k, step] of gradients.entries()) {
          for (const [i, p] of params.entries()) p.grad = cast(step[i], dtype);
          optimizer.step();
          for (const [i, p] of params.entries()) expectClose(p, cast(values[k][i], dtype));
        }
      });
    }
  }

  test('all of them are in the file', () => {
    const found = new Set(cases.map(({ optimizer }) => optimizer));
    expect(found.size).toBe(8);
    expect(gradients).toHaveLength(10);
  });
});

/** A parameter takes over the memory that it is made of. */
function copy(x: Tensor): Tensor {
  return mul(x, 1);
}
