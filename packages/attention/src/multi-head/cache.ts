import {
  assign,
  concat,
  isGradEnabled,
  reshape,
  Sequence,
  slice,
  type Tensor,
  zeros,
} from '@unroll/tensor';
import { lengthsIn, lengthsTensor } from './lengths.ts';

/** Keys and values of the steps so far, ready to be looked at. */
export interface KeyValues {
  /** `[length, kvHeads·headSize]` each. */
  readonly k: Sequence;
  readonly v: Sequence;
}

/** The same as leaves of a state: `[batch, time, kvHeads·headSize]`, and `[batch]` where lengths differ. */
export type KeyValueState = {
  readonly k: Tensor;
  readonly v: Tensor;
  readonly length?: Tensor;
};

/** Keys and values as a state to be carried on. */
export function toState({ k, v }: KeyValues): KeyValueState {
  const even = k.lengths.every((n) => n === k.time);
  const leaves = { k: batchOf(k), v: batchOf(v) };
  return even ? leaves : { ...leaves, length: lengthsTensor(k.lengths) };
}

export function fromState({ k, v, length }: KeyValueState): KeyValues {
  const lengths = length && lengthsIn(length);
  const keys = Sequence.fromBatch(k, lengths);
  batches.set(keys, k);
  const values = Sequence.fromBatch(v, lengths);
  batches.set(values, v);
  return { k: keys, v: values };
}

/** How many steps each sequence of a state has. */
export function stepsIn({ k, length }: KeyValueState): readonly number[] {
  return length ? lengthsIn(length) : new Array<number>(k.shape[0]).fill(k.shape[1]);
}

/** Further steps behind those of a state. */
export function extended(state: KeyValueState, { k, v }: KeyValues): KeyValues {
  return { k: appended(state.k, state.length, k), v: appended(state.v, state.length, v) };
}

/** What a sequence was made from, or has been made into, so that no copy goes there and back. */
const batches = new WeakMap<Sequence, Tensor>();

function batchOf(x: Sequence): Tensor {
  const made = batches.get(x) ?? x.toBatch();
  batches.set(x, made);
  return made;
}

function appended(before: Tensor, length: Tensor | undefined, next: Sequence): Sequence {
  const even = !length && next.lengths.every((n) => n === next.time);
  if (!even) return appendedEach(before, length, next);
  const whole = grown(before, next.toBatch());
  const sequence = Sequence.fromBatch(whole);
  batches.set(sequence, whole);
  return sequence;
}

function appendedEach(before: Tensor, length: Tensor | undefined, next: Sequence): Sequence {
  const lengths = length && lengthsIn(length);
  const old = Sequence.fromBatch(before, lengths).toTensors();
  const rows = next.toTensors().map((x, i) => concat([old[i], x], { axis: 0 }));
  return Sequence.fromArrays(rows);
}

/** Memory of which a cache uses the first steps, and how many of them somebody has written. */
interface Room {
  readonly memory: Tensor;
  used: number;
}

const rooms = new WeakMap<Tensor, Room>();

/**
 * `[batch, time + more, n]`. One sequence that grows without a tape is written behind itself, into room that was made for
 * twice as much; whoever goes on from an older state, whose place behind is taken, gets room of its own.
 */
function grown(before: Tensor, next: Tensor): Tensor {
  const [batch, time, n] = before.shape;
  if (batch > 1 || isGradEnabled()) return concat([before, next], { axis: 1 });
  const end = time + next.shape[1];
  const found = rooms.get(before);
  const fits = found !== undefined && found.used === time && end <= found.memory.shape[0];
  const room = fits ? found : roomFor(before, 2 * end);
  assign(slice(room.memory, { axis: 0, from: time, to: end }), reshape(next, [end - time, n]));
  room.used = end;
  const whole = reshape(slice(room.memory, { axis: 0, from: 0, to: end }), [1, end, n]);
  rooms.set(whole, room);
  return whole;
}

function roomFor(before: Tensor, steps: number): Room {
  const [, time, n] = before.shape;
  const memory = zeros([steps, n], { dtype: before.dtype });
  if (time > 0) assign(slice(memory, { axis: 0, from: 0, to: time }), reshape(before, [time, n]));
  return { memory, used: time };
}
