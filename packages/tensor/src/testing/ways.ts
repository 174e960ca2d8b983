import { type Backend, reference } from '@unroll/backend';
import { tolerances } from '@unroll/backend/testing/tolerances';
import { useBackend } from '../core/engine.ts';
import type { FixtureCase, Floating } from './fixture-case.ts';

/** A way of a CPU to compute a fixture. */
export interface Way {
  readonly name: string;
  readonly dtype: Floating;
  /** The default backend, without. */
  readonly backend?: Backend;
}

const ways: readonly Way[] = [
  { name: 'in float64, on the reference', dtype: 'float64' },
  { name: 'in float32, on the reference', dtype: 'float32', backend: reference() },
  { name: 'in float32, compiled', dtype: 'float32' },
];

/** Cases with every way that their digits are good for, as rows of a table of tests. */
export function inEveryWay(cases: readonly FixtureCase[]) {
  return cases.flatMap((each) =>
    ways
      .filter(({ dtype }) => dtype === 'float32' || each.dtype === 'float64')
      .map((way) => ({ title: each.title, way: way.name, run: () => runIn(way, each) })),
  );
}

async function runIn({ dtype, backend }: Way, each: FixtureCase): Promise<void> {
  const before = useBackend(backend);
  try {
    await each.run(dtype, tolerances.fixture[dtype]);
  } finally {
    useBackend(before);
  }
}
