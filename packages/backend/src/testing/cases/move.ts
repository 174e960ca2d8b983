import * as fc from 'fast-check';
import type { Shape } from '../../contract/shape.ts';
import type { Suite } from '../suite.ts';
import { shapes, shapeWithAxis } from './arbitraries.ts';

const all = { dtypes: ['float32', 'float64', 'int32', 'bool'] } as const;

const permuted = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.shuffledSubarray(
      shape.map((_, axis) => axis),
      { minLength: shape.length },
    ),
  }),
);

interface Cut {
  readonly start: number;
  readonly size: number;
  readonly step: number;
}

/** A window along one axis of n, forwards or backwards. */
function cut(n: number): fc.Arbitrary<Cut> {
  const drawn = fc.record({
    start: fc.nat(n - 1),
    step: fc.constantFrom(1, 2, 3, -1, -2),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  return drawn.map(({ start, step, share }) => {
    const room = step > 0 ? n - start : start + 1;
    const most = Math.ceil(room / Math.abs(step));
    return { start, step, size: Math.round(share * most) };
  });
}

const sliced = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    cuts: fc.tuple(...shape.map(cut)) as fc.Arbitrary<Cut[]>,
  }),
);

const margins = (shape: Shape) =>
  fc.array(fc.nat(3), { minLength: shape.length, maxLength: shape.length });

const padded = shapes.chain((shape) =>
  fc.record({ shape: fc.constant(shape), before: margins(shape), after: margins(shape) }),
);

export function moveCases(suite: Suite): void {
  suite.agreeForAll('transpose: any order of axes', all, permuted, (bench, { shape, axes }) =>
    bench.kernels.transpose(bench.random(shape), axes),
  );
  suite.agree('transpose: a scalar, an empty tensor, a large matrix', all, (bench) => [
    bench.kernels.transpose(bench.random([]), []),
    bench.kernels.transpose(bench.random([3, 0, 2]), [2, 0, 1]),
    bench.kernels.transpose(bench.random([67, 131]), [1, 0]),
  ]);
  suite.agreeForAll('slice: any window, negative steps too', all, sliced, (bench, drawn) =>
    bench.kernels.slice(
      bench.random(drawn.shape),
      drawn.cuts.map((x) => x.start),
      drawn.cuts.map((x) => x.size),
      drawn.cuts.map((x) => x.step),
    ),
  );
  suite.agree('slice: all of it, backwards, and nothing of it', all, (bench) => [
    bench.kernels.slice(bench.random([5]), [4], [5], [-1]),
    bench.kernels.slice(bench.random([2, 3]), [0, 3], [2, 0], [1, 1]),
    bench.kernels.slice(bench.random([]), [], [], []),
  ]);
  suite.agreeForAll('pad: any margins', all, padded, (bench, { shape, before, after }) =>
    bench.kernels.pad(bench.random(shape), before, after, 1),
  );
  suite.agree('pad: an empty tensor becomes its padding', all, (bench) =>
    bench.kernels.pad(bench.random([2, 0]), [0, 1], [1, 2], 1),
  );
  suite.agree('pad: with infinity', {}, (bench) =>
    bench.kernels.pad(bench.random([2]), [1], [0], Number.NEGATIVE_INFINITY),
  );
  suite.agreeForAll(
    'concat: any parts along any axis, empty ones too',
    all,
    fc.tuple(shapeWithAxis, fc.array(fc.nat(4), { minLength: 1, maxLength: 4 })),
    (bench, [{ shape, axis }, lengths]) =>
      bench.kernels.concat(
        lengths.map((length) => bench.random(shape.with(axis, length))),
        axis,
      ),
  );
}
