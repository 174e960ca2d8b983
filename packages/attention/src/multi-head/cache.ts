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

/**
 * Keys and values as a state to be carried on.
 *
 * @param window how far a query looks, itself counted: what none will look at again is left out
 */
export function toState({ k, v }: KeyValues, window = Infinity): KeyValueState {
  const count = Math.max(1, window - 1);
  const even = k.lengths.every((n) => n === k.time);
  if (!even) {
    const [keys, values] = [lastSteps(k, count), lastSteps(v, count)];
    return { k: batchOf(keys), v: batchOf(values), length: lengthsTensor(keys.lengths) };
  }
  return { k: lastOf(batchOf(k), count), v: lastOf(batchOf(v), count) };
}

export function fromState({ k, v, length }: KeyValueState): KeyValues {
  const lengths = length && lengthsIn(length);
  const keys = Sequence.fromBatch(k, lengths);
  batches.set(keys, k);
  const values = Sequence.fromBatch(v, lengths);
  batches.set(values, v);
  return { k: keys, v: values };
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

/** Each sequence's last steps, no more than so many. */
function lastSteps(x: Sequence, count: number): Sequence {
  if (x.time <= count) return x;
  const parts = x.toTensors().map((rows) => {
    const [length] = rows.shape;
    return slice(rows, { axis: 0, from: Math.max(0, length - count), to: length });
  });
  return Sequence.fromArrays(parts);
}

/** The same of `[batch, time, n]`. */
function lastOf(x: Tensor, count: number): Tensor {
  const [batch, time, n] = x.shape;
  if (time <= count) return x;
  if (batch > 1) return slice(x, { axis: 1, from: time - count, to: time });
  const rows = slice(reshape(x, [time, n]), { axis: 0, from: time - count, to: time });
  const last = reshape(rows, [1, count, n]);
  const room = rooms.get(x);
  if (room) rooms.set(last, room);
  return last;
}

/** Memory of whose rows a cache is the last ones before `end`; `written.to` is where somebody has written up to. */
interface Room {
  readonly memory: Tensor;
  readonly end: number;
  readonly written: { to: number };
}

const rooms = new WeakMap<Tensor, Room>();

/**
 * `[batch, time + more, n]`. One sequence that grows without a tape is written behind itself, into room that was made for
 * twice as much; whoever goes on from an older state, whose place behind is taken, gets room of its own.
 */
function grown(before: Tensor, next: Tensor): Tensor {
  const [batch, time, n] = before.shape;
  if (batch > 1 || isGradEnabled()) return concat([before, next], { axis: 1 });
  const more = next.shape[1];
  const { memory, end, written } = roomBehind(before, more);
  const [from, to] = [end - time, end + more];
  assign(slice(memory, { axis: 0, from: end, to }), reshape(next, [more, n]));
  written.to = to;
  const whole = reshape(slice(memory, { axis: 0, from, to }), [1, time + more, n]);
  rooms.set(whole, { memory, end: to, written });
  return whole;
}

/** Where `before` stands with room for so much more behind it: where it is, or a copy. */
function roomBehind(before: Tensor, more: number): Room {
  const found = rooms.get(before);
  if (found && found.written.to === found.end && found.end + more <= found.memory.shape[0]) {
    return found;
  }
  const [, time, n] = before.shape;
  const memory = zeros([2 * (time + more), n], { dtype: before.dtype });
  if (time > 0) assign(slice(memory, { axis: 0, from: 0, to: time }), reshape(before, [time, n]));
  return { memory, end: time, written: { to: time } };
}
