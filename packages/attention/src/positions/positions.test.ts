import { OptionError, ShapeError } from '@unroll/backend';
import { roundingTolerance } from '@unroll/backend/testing';
import { manualSeed, matmul, randomStream, Sequence, tensor, zeros } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { beforeEach, expect, test } from 'vitest';
import { LearnedPositions } from './learned.ts';
import { rotary } from './rotary.ts';
import { SinusoidalPositions } from './sinusoidal.ts';

beforeEach(() => manualSeed(1));

test('sinusoidal positions are the formula of the paper, for each row of ragged sequences', () => {
  const size = 6;
  const x = Sequence.fromBatch(zeros([2, 5, size]), [5, 2]);
  const y = new SinusoidalPositions({ size }).forward(x, [0, 7]).toTensors();
  for (const [i, from] of [0, 7].entries()) {
    const expected = Array.from({ length: x.lengths[i] }, (_, t) =>
      Array.from({ length: size }, (_, c) => {
        const angle = (t + from) / 10_000 ** ((c - (c % 2)) / size);
        return c % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
      }),
    );
    expectClose(y[i], expected, 1e-6);
  }
});

test('rotary turns each pair by its own angle', () => {
  const x = randomStream('x').normal([2, 4, 8]);
  const y = rotary(Sequence.fromBatch(x, [4, 3]), { heads: 2, from: [0, 5] }).toTensors();
  const values = x.dataSync();
  for (const [i, from] of [0, 5].entries()) {
    const expected = Array.from({ length: [4, 3][i] }, (_, t) =>
      Array.from({ length: 8 }, (_, c) => {
        const at = (i * 4 + t) * 8 + c;
        const within = c % 4;
        const angle = (t + from) / 10_000 ** ((within - (within % 2)) / 4);
        const other = c % 2 === 0 ? -values[at + 1] : values[at - 1];
        return values[at] * Math.cos(angle) + other * Math.sin(angle);
      }),
    );
    expectClose(y[i], expected, 1e-6);
  }
});

test('what rotary queries see of rotary keys depends on their distance alone', () => {
  const [q, k] = [randomStream('q').normal([1, 1, 8]), randomStream('k').normal([1, 1, 8])];
  const seen = (here: number, there: number) =>
    matmul(
      rotary(Sequence.fromBatch(q), { from: [here] }).rows,
      rotary(Sequence.fromBatch(k), { from: [there] }).rows,
      { transposeB: true },
    );
  expectClose(seen(9, 4), seen(25, 20), roundingTolerance(64));
  expect(seen(9, 4).dataSync()).not.toEqual(seen(9, 5).dataSync());
});

test('learned positions add the row of each place', () => {
  const positions = new LearnedPositions({ size: 2, maxLength: 3 });
  const { W } = positions.places;
  const y = positions.forward(Sequence.fromBatch(zeros([2, 2, 2]), [2, 1]), [0, 2]);
  const rows = W.dataSync();
  expectClose(
    y.toBatch(),
    tensor([
      [
        [rows[0], rows[1]],
        [rows[2], rows[3]],
      ],
      [
        [rows[4], rows[5]],
        [0, 0],
      ],
    ]),
    0,
  );
});

test('sizes and bases that cannot be are refused', () => {
  expect(() => rotary(Sequence.fromBatch(zeros([1, 2, 6])), { heads: 2 })).toThrow(ShapeError);
  expect(() => rotary(Sequence.fromBatch(zeros([1, 2, 4])), { base: 1 })).toThrow(OptionError);
  expect(() => new SinusoidalPositions({ size: 5 })).toThrow('size must be even; got 5');
  const odd = new SinusoidalPositions({ size: 4 });
  expect(() => odd.forward(Sequence.fromBatch(zeros([1, 2, 6])))).toThrow(
    'size is 4; got rows of [6]',
  );
});
