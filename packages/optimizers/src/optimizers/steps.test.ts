import { reference } from '@unroll/backend';
import { parameter, tensor, useBackend } from '@unroll/tensor';
import { inEveryWay } from '@unroll/tensor/testing/ways';
import { describe, expect, test } from 'vitest';
import { clipGradNorm, clipGradValue } from '../index.ts';
import { kinds, readSteps, stepCases } from '../testing/step-cases.ts';

describe('ten steps give the numbers of PyTorch (SignSGD: of NumPy)', async () => {
  test.each(inEveryWay(await stepCases()))('$title $way', ({ run }) => run());

  test('of every optimizer', async () => {
    const { cases, gradients } = await readSteps();
    expect(new Set(cases.map(({ optimizer }) => optimizer))).toEqual(new Set(Object.keys(kinds)));
    expect(gradients).toHaveLength(10);
  });
});

describe('without reading a value', async () => {
  const blind = {
    ...reference(),
    name: 'blind',
    read: () => Promise.reject(new Error('read')),
    readSync: undefined,
  };
  const { cases } = await readSteps();

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
