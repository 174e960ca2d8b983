import * as fc from 'fast-check';
import type { Reduction } from '../../contract/backend.ts';
import type { Suite } from '../suite.ts';
import { shapeWithAxis } from './arbitraries.ts';

const kinds: readonly Reduction[] = ['sum', 'max', 'min', 'argmax', 'argmin'];
const all = { dtypes: ['float32', 'float64', 'int32', 'bool'] } as const;

export function reduceCases(suite: Suite): void {
  for (const kind of kinds) {
    const sum = kind === 'sum' ? 6 : 0;
    suite.agreeForAll(
      `reduce ${kind}: any shape, axis and dtype`,
      { ...all, sum },
      shapeWithAxis,
      (bench, { shape, axis }) => bench.kernels.reduce(kind, bench.random(shape), axis),
    );
    if (kind === 'sum') continue;
    suite.agree(`reduce ${kind}: the first of equals`, all, (bench) =>
      bench.kernels.reduce(kind, bench.operand([2, 4], [0, 1, 1, 0, 1, 0, 0, 1]), 1),
    );
    suite.agree(`reduce ${kind}: NaN wins, wherever it stands, infinity counts`, {}, (bench) => {
      const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
      const x = [nan, 1, 2, 1, nan, 2, 1, 2, nan, nan, 3, nan, inf, -inf, 0, -inf, -inf, -inf];
      return bench.kernels.reduce(kind, bench.operand([6, 3], x), 1);
    });
  }

  suite.agree('reduce sum: long lines', { sum: 5000 }, (bench) => [
    bench.kernels.reduce('sum', bench.random([3, 5000]), 1),
    bench.kernels.reduce('sum', bench.random([5000, 3]), 0),
  ]);
  suite.agree('reduce sum: what a narrow accumulator would lose', { sum: 1 }, (bench) => {
    const ones = new Array<number>(2 ** 12).fill(1);
    return bench.kernels.reduce('sum', bench.operand([2 ** 12 + 1], [2 ** 24, ...ones]), 0);
  });
  suite.agree('reduce sum: an axis of 0 sums to zeros', all, (bench) =>
    bench.kernels.reduce('sum', bench.random([2, 0, 3]), 1),
  );
  suite.agree('reduce: nothing beside the axis gives nothing', all, (bench) =>
    kinds.map((kind) => bench.kernels.reduce(kind, bench.random([0, 3]), 1)),
  );
  suite.agree('reduce sum: NaN and infinity', {}, (bench) => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const x = bench.operand([3, 3], [1, nan, 2, 1, inf, 2, inf, -inf, 0]);
    return bench.kernels.reduce('sum', x, 1);
  });
  suite.agreeForAll(
    'cumsum: any shape, axis, dtype and direction',
    { ...all, sum: 6 },
    fc.tuple(shapeWithAxis, fc.boolean()),
    (bench, [{ shape, axis }, reverse]) => bench.kernels.cumsum(bench.random(shape), axis, reverse),
  );
  suite.agree('cumsum: an axis of 0', all, (bench) =>
    bench.kernels.cumsum(bench.random([2, 0]), 1, false),
  );
}
