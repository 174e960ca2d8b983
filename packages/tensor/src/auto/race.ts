/** One of two backends in a race. */
export interface Contestant {
  /** Steps that are timed together, where they are short; one without. */
  readonly together?: number;
  /** Prepares a turn; gives a function that runs so many steps to their end. */
  begin(): Promise<(steps: number) => Promise<unknown>>;
  /** Takes back what the turn has changed. */
  end(): void;
}

/** What a race has found. */
export interface Verdict {
  readonly faster: 'cpu' | 'other';
  /** Median milliseconds of a step; undefined where none came to its end. */
  readonly cpu: number | undefined;
  readonly other: number | undefined;
  /** Why the other is out of it: it failed, or took too long. */
  readonly flaw?: string;
}

/** Steps that are not counted, in which kernels are compiled and caches filled; in a later turn only one. */
const warmUps = 2;
/** On the CPU one will do where it takes so many milliseconds: there is little to compile. */
const warm = 300;
const counted = { steps: 3, milliseconds: 1000 };
/** Steps are timed together where that takes no longer, in milliseconds, than the last one that was not counted says. */
const atOnce = 500;
const turns = 3;
/** How long the first step of the other may take, which compiles nearly all of its kernels, and how long the second. */
const patience = [5000, 1000];
/** From as many steps on, two devices differ if the slowest step of one is faster than the fastest of the other. */
const trusted = 3;
/** With fewer steps it must be faster by this factor. */
const margin = 1.25;

/**
 * Times the steps of two contestants, in turns. It ends as soon as one is clearly faster: after one turn of each, as a rule. A step of
 * the other that takes five times as long as the CPU's slowest, and some time more for what has to be compiled, is not
 * waited for.
 */
export async function race(
  cpu: Contestant,
  other: Contestant,
  signal?: AbortSignal,
): Promise<Verdict> {
  const times: Times = { cpu: [], other: [] };
  for (let turn = 0; turn < turns && !signal?.aborted && !isApart(times); turn++) {
    const uncounted = turn === 0 ? warmUps : 1;
    await take(cpu, times.cpu, { uncounted, signal, warm });
    if (signal?.aborted) break;
    const slowest = Math.max(...times.cpu);
    const limits = {
      ...{ uncounted, signal },
      first: patience.map((milliseconds) => milliseconds + 5 * slowest),
      each: 100 + 5 * slowest,
    };
    try {
      await take(other, times.other, limits);
    } catch (error) {
      const flaw = error instanceof Error ? error.message : String(error);
      return { faster: 'cpu', cpu: median(times.cpu), other: undefined, flaw };
    }
  }
  const [mine, theirs] = [median(times.cpu), median(times.other)];
  return { faster: (theirs ?? Infinity) < (mine ?? 0) ? 'other' : 'cpu', cpu: mine, other: theirs };
}

interface Times {
  readonly cpu: number[];
  readonly other: number[];
}

interface TurnOptions {
  readonly uncounted: number;
  /** After so many milliseconds the next step is counted. */
  readonly warm?: number;
  readonly signal: AbortSignal | undefined;
  /** Milliseconds that the steps which are not counted may take at most, one by one, and each of those that are. */
  readonly first?: readonly number[];
  readonly each?: number;
}

async function take(contestant: Contestant, times: number[], options: TurnOptions): Promise<void> {
  const { uncounted, signal } = options;
  const { warm = Infinity, first = [], each = Infinity } = options;
  try {
    const step = await limited(contestant.begin(), first[0] ?? Infinity);
    const started = performance.now();
    const since = () => performance.now() - started;
    let last = Infinity;
    for (let i = 0; i < uncounted && since() < warm; i++) {
      if (signal?.aborted) return;
      last = await timed(step, 1, first[i] ?? Infinity);
    }
    const { together = 1 } = contestant;
    const steps = together * last > atOnce ? 1 : together;
    const before = since();
    for (let i = 0; i < counted.steps && since() - before < counted.milliseconds; i++) {
      if (signal?.aborted) return;
      times.push(await timed(step, steps, each));
    }
  } finally {
    contestant.end();
  }
}

/** Milliseconds of one of so many steps, each of which may take so long. */
async function timed(
  run: (steps: number) => Promise<unknown>,
  steps: number,
  limit: number,
): Promise<number> {
  const started = performance.now();
  await limited(run(steps), steps * limit);
  const time = (performance.now() - started) / steps;
  // A backend that computes while it is called cannot be left before it is done.
  if (time > limit) throw tooLong(limit);
  return time;
}

/** The promise, or an error when it has taken too long; what becomes of it then is of no interest. */
export async function limited<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  if (milliseconds === Infinity) return promise;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLong(milliseconds)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}

function tooLong(milliseconds: number): Error {
  return new Error(
    `it was broken off after ${Math.round(milliseconds).toLocaleString('en-US')} ms`,
  );
}

function isApart({ cpu, other }: Times): boolean {
  if (cpu.length === 0 || other.length === 0) return false;
  const factor = Math.min(cpu.length, other.length) < trusted ? margin : 1;
  return (
    factor * Math.max(...cpu) < Math.min(...other) || factor * Math.max(...other) < Math.min(...cpu)
  );
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
