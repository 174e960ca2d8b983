import * as fc from 'fast-check';
import { IndexError } from '../../contract/errors.ts';
import { Bench } from '../bench.ts';
import { checkThrows } from '../check.ts';
import type { Suite } from '../suite.ts';
import { shapeWithAxis } from './arbitraries.ts';

const all = { dtypes: ['float32', 'float64', 'int32'] } as const;
const selected = fc.tuple(shapeWithAxis, fc.nat(7));

export function indexedCases(suite: Suite): void {
  suite.agreeForAll(
    'indexSelect: any axis, ids repeated or none',
    all,
    selected,
    (bench, [{ shape, axis }, count]) =>
      bench.kernels.indexSelect(bench.random(shape), bench.ids([count], shape[axis]), axis),
  );
  suite.agreeForAll(
    'indexAdd: any axis, ids repeated or none',
    { ...all, sum: 7 },
    selected,
    (bench, [{ shape, axis }, count]) =>
      bench.kernels.indexAdd(
        shape,
        bench.ids([count], shape[axis]),
        bench.random(shape.with(axis, count)),
        axis,
      ),
  );
  suite.agreeForAll('gather: any axis', all, selected, (bench, [{ shape, axis }, count]) => {
    const ids = bench.ids(shape.with(axis, count), shape[axis]);
    return bench.kernels.gather(bench.random(shape), ids, axis);
  });
  suite.agreeForAll(
    'scatterAdd: any axis, onto what is zero',
    { ...all, sum: 7 },
    selected,
    (bench, [{ shape, axis }, count]) => {
      const chosen = shape.with(axis, count);
      const ids = bench.ids(chosen, shape[axis]);
      return bench.kernels.scatterAdd(shape, ids, bench.random(chosen), axis);
    },
  );
  suite.agree('gather and scatterAdd: ids with shorter axes', { ...all, sum: 2 }, (bench) => [
    bench.kernels.gather(bench.random([4, 5]), bench.ids([2, 3], 4), 0),
    bench.kernels.scatterAdd([4, 5], bench.ids([2, 3], 4), bench.random([2, 3]), 0),
  ]);
  for (const id of [-1, 3, 2 ** 31 - 1]) {
    refused(suite, `an id of ${id} is refused by name`, id);
  }
}

/** The error names the kernel, the id, where it stands and the range; or the next read throws it. */
function refused(suite: Suite, title: string, id: number): void {
  suite.case(`indexed: ${title}`, async () => {
    const backend = await suite.backend();
    const bench = new Bench(backend, 'float32', 1);
    const x = bench.random([3, 2]);
    const ids = bench.operand([4], [0, 2, id, 1], 'int32');
    const wide = bench.operand([2, 2], [0, 1, id, 1], 'int32');
    const { kernels } = bench;
    const words = (name: string) => new RegExp(`^${name}: id ${id} at position 2 .* 0 to 2`);
    const attempts = {
      indexSelect: () => kernels.indexSelect(x, ids, 0),
      indexAdd: () => kernels.indexAdd([3, 2], ids, bench.random([4, 2]), 0),
      gather: () => kernels.gather(x, wide, 0),
      scatterAdd: () => kernels.scatterAdd([3, 2], wide, bench.random([2, 2]), 0),
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      await checkThrows(() => bench.read(attempt()), IndexError, words(name));
    }
  });
}
