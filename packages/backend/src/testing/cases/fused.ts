import * as fc from 'fast-check';
import type { FusedKernels, Operand } from '../../contract/backend.ts';
import * as expression from '../../formula/expression.ts';
import type { Formula } from '../../formula/formula.ts';
import { toFormula } from '../../formula/to-formula.ts';
import type { Bench } from '../bench.ts';
import type { Suite } from '../suite.ts';
import { shapes } from './arbitraries.ts';

/** Kernels that a backend may leave out: those it answers must be right, those it leaves out give nothing to compare. */
export function fusedCases(suite: Suite): void {
  for (const name of ['softmax', 'logSoftmax'] satisfies (keyof FusedKernels)[]) {
    const offered = { sum: 16, needs: name };
    suite.agreeForAll(`${name}: any shape`, offered, shapes, (bench, shape) =>
      bench.fused[name]!(bench.random(shape)),
    );
    suite.agree(`${name}: logits of ±10,000, long rows, no rows`, offered, (bench) => [
      bench.fused[name]!(bench.operand([2, 3], [1e4, 0, -1e4, 1e4, 1e4, -1e4])),
      bench.fused[name]!(bench.random([3, 257])),
      bench.fused[name]!(bench.random([0, 4])),
    ]);
  }
  // A large epsilon: without it a row of near equals would magnify rounding.
  const normal = { sum: 16, needs: 'normalize' } as const;
  const normalBackward = { sum: 16, needs: 'normalizeBackward' } as const;
  suite.agreeForAll('normalize: any shape', normal, shapes, (bench, shape) =>
    bench.fused.normalize!(bench.random(shape), 0.1),
  );
  suite.agreeForAll('normalizeBackward: any shape', normalBackward, shapes, (bench, shape) =>
    bench.fused.normalizeBackward!(bench.random(shape), bench.random(shape), 0.1),
  );
  suite.agree('normalize: many rows, equals, no rows', normal, (bench) => [
    bench.fused.normalize!(bench.random([330, 53]), 1e-5),
    bench.fused.normalize!(bench.operand([2, 3], [7, 7, 7, 1, 2, 3]), 1e-5),
    bench.fused.normalize!(bench.random([0, 4]), 1e-5),
  ]);
  suite.agree('normalizeBackward: many rows, equals', normalBackward, (bench) => [
    bench.fused.normalizeBackward!(bench.random([330, 53]), bench.random([330, 53]), 1e-5),
    bench.fused.normalizeBackward!(bench.operand([3], [7, 7, 7]), bench.random([3]), 0.1),
  ]);
  const squares = { sum: 400, needs: 'sumOfSquares' } as const;
  const all = fc.array(shapes, { minLength: 1, maxLength: 3 });
  suite.agreeForAll('sumOfSquares: of any shapes together', squares, all, (bench, drawn) =>
    bench.fused.sumOfSquares!(drawn.map((shape) => bench.random(shape))),
  );
  suite.agree('sumOfSquares: many, scalars, nothing, NaN', squares, (bench) => [
    bench.fused.sumOfSquares!([bench.random([20_011]), bench.random([]), bench.random([0])]),
    bench.fused.sumOfSquares!([bench.random([3]), bench.operand([1], [Number.NaN])]),
  ]);
  const inPlace = { sum: 3, needs: 'update' } as const;
  suite.agreeForAll('update: over its own inputs, any shape', inPlace, shapes, (bench, shape) => {
    const [x, m] = [bench.random(shape), bench.random(shape)];
    bench.fused.update!(descent, [x, m, bench.random(shape), bench.operand([], [0.3])], [x, m]);
    return [whole(bench, x), whole(bench, m)];
  });
  suite.agree('update: large, stretched inputs, nothing beside its targets', inPlace, (bench) => {
    const all = [bench.random([40, 300]), bench.random([40, 300])];
    const [x, m] = all.map((a) => ({ ...a, offset: a.offset + 300, shape: [38, 300] }));
    bench.fused.update!(descent, [x, m, bench.random([300]), bench.random([38, 1])], [x, m]);
    return all.map((a) => whole(bench, a));
  });
}

/** m ← m·r + g, x ← x − r·m: two results that need each other's inputs. */
const descent: Formula = (() => {
  const [x, m, g, r] = [0, 1, 2, 3].map(expression.arg);
  const next = expression.add(expression.multiply(m, r), g);
  return toFormula('descent', 4, [expression.subtract(x, expression.multiply(r, next)), next]);
})();

/** A copy of all of it. */
function whole(bench: Bench, x: Operand) {
  const { shape } = x;
  return bench.kernels.slice(
    x,
    shape.map(() => 0),
    shape,
    shape.map(() => 1),
  );
}
