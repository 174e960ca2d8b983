import { OptionError, ShapeError } from '@unroll/backend';
import { manualSeed, randomStream, tensor } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { probabilities } from './probabilities.ts';
import { sampler } from './sampler.ts';

describe('a sampler', () => {
  test('draws tokens as often as their probabilities say', async () => {
    manualSeed(11);
    const row = [0.3, -1.2, 2.1, 0.9, -0.4];
    const draws = 20_000;
    const options = { temperature: 1.3, topK: 4 };
    const stream = randomStream('frequencies');
    const logits = tensor(Array.from({ length: draws }, () => row));
    const counts = new Float64Array(row.length);
    for (const id of await sampler(options)(logits, stream)) counts[id]++;
    const expected = probabilities(row, options);
    expect(counts[1]).toBe(0);
    // χ² with three degrees of freedom stays below 16.3 in 999 of 1,000 cases.
    const chi = expected.reduce(
      (sum, p, id) => sum + (p === 0 ? 0 : (counts[id] - draws * p) ** 2 / (draws * p)),
      0,
    );
    expect(chi).toBeLessThan(16.3);
  });

  test('takes the token in whose share the draw lies', async () => {
    const logits = tensor([Math.log(1), Math.log(2), Math.log(1)], { dtype: 'float64' });
    const at = async (fraction: number) => (await sampler()(logits, { next: () => fraction }))[0];
    expect([await at(0), await at(0.2499), await at(0.2501), await at(0.7499)]).toEqual([
      0, 0, 1, 1,
    ]);
    expect([await at(0.7501), await at(1 - 2 ** -53)]).toEqual([2, 2]);
  });

  test('gives the same ids for the same seed', async () => {
    const logits = tensor(Array.from({ length: 50 }, () => [1, 1, 1, 1]));
    const run = () => {
      manualSeed(5);
      return sampler({ temperature: 0.7 })(logits, randomStream('again'));
    };
    expect(await run()).toEqual(await run());
  });

  test('draws nothing with temperature 0', async () => {
    const stream = { next: () => expect.unreachable('greedy decoding drew a number') };
    const ids = await sampler({ temperature: 0 })(
      tensor([
        [1, 2],
        [4, 3],
      ]),
      stream as never,
    );
    expect([...ids]).toEqual([1, 0]);
  });

  test('checks its options when it is made, and the scores when it is called', async () => {
    expect(() => sampler({ topK: 2.5 })).toThrow(OptionError);
    const cube = tensor([[[1, 2]]]);
    await expect(sampler()(cube, randomStream('x'))).rejects.toThrow(ShapeError);
    await expect(sampler()(tensor(3), randomStream('x'))).rejects.toThrow(
      'Take the last time step?',
    );
  });
});
