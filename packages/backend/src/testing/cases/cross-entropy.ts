import * as fc from 'fast-check';
import { IndexError } from '../../contract/errors.ts';
import { Bench } from '../bench.ts';
import { checkThrows } from '../check.ts';
import type { Suite } from '../suite.ts';

const sizes = fc.record({ rows: fc.nat(9), classes: fc.integer({ min: 1, max: 70 }) });

export function crossEntropyCases(suite: Suite): void {
  const forward = { sum: 70, needs: 'crossEntropy' } as const;
  const backward = { sum: 70, needs: 'crossEntropyBackward' } as const;
  for (const ignoreIndex of [-100, 0]) {
    suite.agreeForAll(
      `crossEntropy: any rows and classes, ${ignoreIndex} ignored`,
      forward,
      sizes,
      (bench, { rows, classes }) =>
        bench.fused.crossEntropy!(...drawn(bench, rows, classes), ignoreIndex),
    );
    suite.agreeForAll(
      `crossEntropyBackward: any rows and classes, ${ignoreIndex} ignored`,
      backward,
      sizes,
      (bench, { rows, classes }) =>
        bench.fused.crossEntropyBackward!(
          ...drawn(bench, rows, classes),
          bench.random([rows]),
          ignoreIndex,
        ),
    );
  }
  const hard = [
    [1e4, 0, -1e4],
    [1e4, 1e4, -1e4],
    [-Infinity, 2, 1],
    [-Infinity, 2, 1],
  ].flat();
  const border = (bench: Bench) =>
    [bench.operand([4, 3], hard), bench.operand([4], [2, 0, 0, 1], 'int32')] as const;
  suite.agree('crossEntropy: logits of ±10,000 and −Infinity, many rows', forward, (bench) => [
    bench.fused.crossEntropy!(...border(bench), -100),
    bench.fused.crossEntropy!(...drawn(bench, 300, 70), 5),
  ]);
  suite.agree(
    'crossEntropyBackward: logits of ±10,000 and −Infinity, many rows',
    backward,
    (bench) => [
      bench.fused.crossEntropyBackward!(...border(bench), bench.random([4]), -100),
      bench.fused.crossEntropyBackward!(...drawn(bench, 300, 70), bench.random([300]), 5),
    ],
  );
  suite.agree('crossEntropyBackward: what is ignored stays 0 beside NaN', backward, (bench) =>
    bench.fused.crossEntropyBackward!(
      bench.operand([2, 2], [Number.NaN, 1, Number.NaN, 1]),
      bench.operand([2], [7, 1], 'int32'),
      bench.operand([2], [Number.NaN, 1]),
      7,
    ),
  );
  refused(suite);
}

function drawn(bench: Bench, rows: number, classes: number) {
  return [bench.random([rows, classes]), bench.ids([rows], classes)] as const;
}

/** The error names the id, where it stands and the range. */
function refused(suite: Suite): void {
  const check = async () => {
    const backend = await suite.backend();
    const crossEntropy = await suite.kernel('crossEntropy');
    const bench = new Bench(backend, 'float32', 1);
    for (const id of [-1, 3]) {
      const ids = bench.operand([3], [-100, 2, id], 'int32');
      const words = new RegExp(`^crossEntropy: id ${id} at position 2 .* 0 to 2`);
      const run = () => bench.read(crossEntropy(bench.random([3, 3]), ids, -100));
      await checkThrows(run, IndexError, words);
    }
  };
  suite.case('crossEntropy: an id that is no class is refused by name', check, 'crossEntropy');
}
