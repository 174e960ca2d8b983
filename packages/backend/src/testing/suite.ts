import * as fc from 'fast-check';
import type { Absent, Backend, FusedKernels, Memory } from '../contract/backend.ts';
import type { DType } from '../contract/dtype.ts';
import { isFloating } from '../contract/dtype.ts';
import { Bench } from './bench.ts';
import { check, checkAtMost, checkSame } from './check.ts';
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
  /** The optional kernel that the case is about: a hole of a backend that declares it absent, a failure of another that lacks it. */
  readonly needs?: keyof FusedKernels;
}

/** One case: it fails by throwing. */
export interface Case {
  readonly title: string;
  run(): Promise<void>;
  /** Why the backend does not pass it, where that was declared. */
  readonly hole?: string;
}

/** Random cases are the same in every run. */
const runs = { seed: 20261121, numRuns: 40 } as const;

/**
 * The cases of one backend: each is run on it and on the definition, and must give the same. They are collected here; who
 * runs them is a test framework, or a page that has none.
 */
export class Suite {
  readonly #make: MakeBackend;
  readonly #holes: ReadonlyMap<string, string>;
  readonly #absent: Absent;
  readonly #cases: Case[] = [];
  #backend: Backend | undefined;

  /** @param absent what the backend says of itself in `absent` */
  constructor(make: MakeBackend, holes: Readonly<Record<string, string>>, absent: Absent = {}) {
    this.#make = make;
    this.#holes = new Map(Object.entries(holes));
    this.#absent = absent;
  }

  /** The backend, made when the first case runs. */
  async backend(): Promise<Backend> {
    this.#backend ??= await this.#make();
    return this.#backend;
  }

  get cases(): readonly Case[] {
    return this.#cases;
  }

  case(title: string, run: () => Promise<void>, needs?: keyof FusedKernels): void {
    const hole = this.#holes.get(title) ?? (needs && this.#absent[needs]);
    this.#cases.push(hole === undefined ? { title, run } : { title, run, hole });
  }

  /** `run` gives the same on the backend and by definition. */
  agree(title: string, options: Agreement, run: (bench: Bench) => Results): void {
    this.case(title, () => this.compare(options, run), options.needs);
  }

  /** The same for random data of the case. */
  agreeForAll<T>(
    title: string,
    options: Agreement,
    data: fc.Arbitrary<T>,
    run: (bench: Bench, data: T) => Results,
  ): void {
    const check = (drawn: T) => this.compare(options, (bench) => run(bench, drawn));
    this.property(title, data, check, options.needs);
  }

  /** `check` holds for random data. */
  property<T>(
    title: string,
    data: fc.Arbitrary<T>,
    check: (data: T) => Promise<void>,
    needs?: keyof FusedKernels,
  ): void {
    this.case(title, () => fc.assert(fc.asyncProperty(data, check), runs), needs);
  }

  /** An optional kernel that a case is about. @throws Error when the backend does not answer it */
  async kernel<K extends keyof FusedKernels>(name: K): Promise<FusedKernels[K]> {
    const backend = await this.backend();
    const kernel = backend.fused[name];
    if (kernel) return kernel;
    throw new Error(
      `${backend.name} does not answer ${name}: ${backend.absent?.[name] ?? 'absent does not say why'}`,
    );
  }

  async compare(options: Agreement, run: (bench: Bench) => Results): Promise<void> {
    const backend = await this.backend();
    if (options.needs !== undefined) await this.kernel(options.needs);
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
    const titles = new Set(this.#cases.map(({ title }) => title));
    this.case('every declared hole names a case and gives its reason', async () => {
      for (const title of this.#holes.keys())
        check(titles.has(title), `no case is called '${title}'`);
      for (const [name, reason] of [...this.#holes, ...Object.entries(this.#absent)]) {
        check(reason.trim() !== '', `the hole '${name}' has no reason`);
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
  checkSame(actuals.length, expecteds.length, 'the number of results');
  for (let i = 0; i < actuals.length; i++) {
    const { dtype, length } = expecteds[i];
    checkSame({ dtype: actuals[i].dtype, length: actuals[i].length }, { dtype, length });
    const a = await bench.read(actuals[i]);
    const b = await definition.read(expecteds[i]);
    const tolerance = sum > 0 && isFloating(dtype) ? roundingTolerance(sum, 1, dtype) : 0;
    const error = relativeError(a, b);
    checkAtMost(error, tolerance, `${preview(a)} instead of ${preview(b)}`);
  }
}

function listOf(results: Results): readonly Memory[] {
  return Array.isArray(results) ? results : [results as Memory];
}

function preview(values: ArrayLike<number>): string {
  const shown = Array.from({ length: Math.min(values.length, 8) }, (_, i) => values[i]);
  return `[${shown.join(', ')}${values.length > 8 ? ', …' : ''}]`;
}
