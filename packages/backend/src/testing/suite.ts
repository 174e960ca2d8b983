import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Backend, FusedKernels, Memory } from '../contract/backend.ts';
import type { DType } from '../contract/dtype.ts';
import { isFloating } from '../contract/dtype.ts';
import { Bench } from './bench.ts';
import { naive } from './naive.ts';
import { relativeError, roundingTolerance } from './tolerances.ts';

export type MakeBackend = () => Backend | Promise<Backend>;

/** What a kernel gave in a case. */
type Results = Memory | readonly Memory[];

export interface Agreement {
  /** Dtypes to run in, of those the backend has; the floating ones without. */
  readonly dtypes?: readonly DType[];
  /** Length of the longest sum behind an element; 0 asks for equal bits. */
  readonly sum?: number;
  /** The optional kernel that the case is about; a backend that does not answer it has nothing to agree on. */
  readonly needs?: keyof FusedKernels;
}

/** Random cases are the same in every run. */
const runs = { seed: 20261121, numRuns: 40 } as const;

/** The cases of one backend: each is run on it and on the definition, and must give the same. */
export class Suite {
  readonly #make: MakeBackend;
  readonly #holes: ReadonlyMap<string, string>;
  readonly #titles = new Set<string>();
  #backend: Backend | undefined;

  constructor(make: MakeBackend, holes: Readonly<Record<string, string>>) {
    this.#make = make;
    this.#holes = new Map(Object.entries(holes));
  }

  /** The backend, made when the first case runs. */
  async backend(): Promise<Backend> {
    this.#backend ??= await this.#make();
    return this.#backend;
  }

  /** A test, or the proof that a declared hole is still one. */
  case(title: string, run: () => Promise<void>): void {
    this.#titles.add(title);
    const reason = this.#holes.get(title);
    if (reason === undefined) test(title, run);
    else test.fails(`${title} (a hole: ${reason})`, run);
  }

  /** `run` gives the same on the backend and by definition. */
  agree(title: string, options: Agreement, run: (bench: Bench) => Results): void {
    this.case(title, () => this.compare(options, run));
  }

  /** The same for random data of the case. */
  agreeForAll<T>(
    title: string,
    options: Agreement,
    data: fc.Arbitrary<T>,
    run: (bench: Bench, data: T) => Results,
  ): void {
    this.property(title, data, (drawn) => this.compare(options, (bench) => run(bench, drawn)));
  }

  /** `check` holds for random data. */
  property<T>(title: string, data: fc.Arbitrary<T>, check: (data: T) => Promise<void>): void {
    this.case(title, () => fc.assert(fc.asyncProperty(data, check), runs));
  }

  async compare(options: Agreement, run: (bench: Bench) => Results): Promise<void> {
    const backend = await this.backend();
    if (options.needs !== undefined && backend.fused[options.needs] === undefined) return;
    const wanted = options.dtypes ?? ['float32', 'float64'];
    const defined = naive();
    for (const dtype of backend.dtypes.filter((x) => wanted.includes(x))) {
      const bench = new Bench(backend, dtype, 1);
      const definition = new Bench(defined, dtype, 1, backend.dtypes);
      await compareResults(bench, run(bench), definition, run(definition), options.sum ?? 0);
    }
  }

  /** A hole needs a reason and a case. */
  checkHoles(): void {
    test('every declared hole names a case and gives its reason', () => {
      for (const [title, reason] of this.#holes) {
        expect(this.#titles, `no case is called '${title}'`).toContain(title);
        expect(reason.trim(), `the hole '${title}' has no reason`).not.toBe('');
      }
    });
  }
}

async function compareResults(
  bench: Bench,
  actual: Results,
  definition: Bench,
  expected: Results,
  sum: number,
): Promise<void> {
  const actuals = listOf(actual);
  const expecteds = listOf(expected);
  expect(actuals.length).toBe(expecteds.length);
  for (let i = 0; i < actuals.length; i++) {
    const { dtype, length } = expecteds[i];
    expect({ dtype: actuals[i].dtype, length: actuals[i].length }).toEqual({ dtype, length });
    const a = await bench.read(actuals[i]);
    const b = await definition.read(expecteds[i]);
    const tolerance = sum > 0 && isFloating(dtype) ? roundingTolerance(sum, 1, dtype) : 0;
    const error = relativeError(a, b);
    expect(error, `${preview(a)} instead of ${preview(b)}`).toBeLessThanOrEqual(tolerance);
  }
}

function listOf(results: Results): readonly Memory[] {
  return Array.isArray(results) ? results : [results as Memory];
}

function preview(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(values.length, 8) }, (_, i) => values[i]);
  return `[${shown.join(', ')}${values.length > 8 ? ', …' : ''}]`;
}
