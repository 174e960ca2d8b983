import { DataError, OptionError } from '@unroll/backend';
import { RandomSource } from './source.ts';
import { RandomStream } from './stream.ts';

/** The seed until `manualSeed` is called: a fixed one, so that an unseeded run can be repeated too. */
const defaultSeed = 0;

let seed = defaultSeed;
const sources = new Map<string, RandomSource>();
const kinds = new Map<string, number>();

/** All random numbers to come, as plain JSON: the seed, and how far each stream has been read. */
export interface RandomState {
  readonly seed: number;
  /** Blocks of 64 bits taken from each stream, by its name. */
  readonly counters: Readonly<Record<string, number>>;
}

/**
 * Starts every stream anew, also those that are in use, from a seed. Without it the seed is 0, not the clock: a run
 * that named no seed gives the same numbers twice.
 *
 * @param value a whole number from 0 to 2⁵³ − 1
 * @throws OptionError for any other seed
 * @example
 * manualSeed(7);
 */
export function manualSeed(value: number): void {
  if (!isCount(value)) {
    throw new OptionError('manualSeed', `the seed must be a whole number ≥ 0; got ${value}`, {
      seed: value,
    });
  }
  kinds.clear();
  reseed(value);
}

function reseed(value: number): void {
  seed = value;
  for (const [name, source] of sources) source.reseed(seed, name);
}

/**
 * A stream's name for one more thing of a kind: `Linear`, `Linear_1`, `Linear_2`, … since the last `manualSeed`, which
 * starts the count anew. So the same program names the same things alike, and one more of another kind changes nothing.
 *
 * @example
 * const stream = randomStream(nextStreamName('Noise')); // 'Noise', then 'Noise_1'
 */
export function nextStreamName(kind: string): string {
  const number = kinds.get(kind) ?? 0;
  kinds.set(kind, number + 1);
  return number === 0 ? kind : `${kind}_${number}`;
}

/**
 * The stream of random numbers with a name. What it draws is a function of the seed, its name and how much was drawn
 * from it before, and of nothing else: not of other streams, nor of the order in which they were made. Two handles of
 * one name read the same stream.
 *
 * @param name any text; a module uses its path, a data set a name of its own
 * @example
 * const noise = randomStream('noise').normal([2, 3]); // [2, 3] float32
 */
export function randomStream(name: string): RandomStream {
  return new RandomStream(name, sourceOf(name));
}

function sourceOf(name: string): RandomSource {
  const existing = sources.get(name);
  if (existing) return existing;
  const made = new RandomSource(seed, name);
  sources.set(name, made);
  return made;
}

/** The state of all streams, for a checkpoint: `setRandomState` of it makes the same numbers follow. */
export function randomState(): RandomState {
  const read = [...sources].filter(([, source]) => source.counter > 0);
  return { seed, counters: Object.fromEntries(read.map(([name, { counter }]) => [name, counter])) };
}

/**
 * Goes back to a state that `randomState` gave, in this process or another. Names are counted on: modules that exist keep
 * theirs.
 *
 * @throws DataError for anything else; nothing has changed then
 */
export function setRandomState(state: RandomState): void {
  const wrong = faultOf(state);
  if (wrong) throw new DataError('setRandomState', `${wrong}. Was this made by randomState()?`);
  reseed(state.seed);
  for (const [name, counter] of Object.entries(state.counters)) sourceOf(name).counter = counter;
}

function faultOf(state: unknown): string | undefined {
  if (!isRecord(state)) return 'the state must be an object { seed, counters }';
  if (!isCount(state.seed)) return `the seed must be a whole number ≥ 0; got ${show(state.seed)}`;
  if (!isRecord(state.counters)) return `counters must be an object; got ${show(state.counters)}`;
  const wrong = Object.entries(state.counters).find(([, counter]) => !isCount(counter));
  return wrong && `the counter of '${wrong[0]}' must be a whole number ≥ 0; got ${show(wrong[1])}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function show(value: unknown): string {
  return typeof value === 'object' || typeof value === 'function' ? typeof value : String(value);
}
