import {
  aroundAxis,
  checkedIds,
  type Operand,
  type Shape,
  sizeOf,
  stridesOf,
  type TypedArray,
} from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { contentOf } from '../device/gpu-memory.ts';

const chosen = `function(a, ids, offset, length, inner, count) {
  const q = quotient(this.thread.x, inner);
  const n = this.thread.x - q * inner;
  const row = quotient(q, count);
  const id = ids[q - row * count];
  return a[offset + (row * length + id) * inner + n];
}`;

/** Adds up, for each place, what belongs there: `order` lists it place by place, in order. */
const gathered = `function(a, order, starts, offset, length, inner, count) {
  const q = quotient(this.thread.x, inner);
  const n = this.thread.x - q * inner;
  const row = quotient(q, length);
  const place = q - row * length;
  const from = starts[place];
  const entries = starts[place + 1] - from;
  let sum = 0;
  for (let p = 0; p < entries; p++) {
    const i = order[from + p];
    sum = sum + a[offset + (row * count + i) * inner + n];
  }
  return sum;
}`;

export function indexSelect(device: Device, x: Operand, ids: Operand, axis: number): Content {
  const { outer, length, inner } = aroundAxis(x.shape, axis);
  const count = sizeOf(ids.shape);
  const [checked] = device.compute('indexSelect', [ids], [count], (values) => [
    check('indexSelect', ids, values, length),
  ]);
  return device.submit({
    operation: 'indexSelect',
    source: chosen,
    inputs: [contentOf(x), checked],
    numbers: [x.offset, length, inner, count],
    length: outer * count * inner,
  });
}

export function gather(device: Device, x: Operand, ids: Operand, axis: number): Content {
  const count = sizeOf(ids.shape);
  const [places] = device.compute('gather', [ids], [count], (values) => [
    placesOf(x.shape, ids.shape, check('gather', ids, values, x.shape[axis]), axis),
  ]);
  return device.submit({
    operation: 'gather',
    source: chosen,
    inputs: [contentOf(x), places],
    numbers: [x.offset, sizeOf(x.shape), 1, count],
    length: count,
  });
}

export function indexAdd(
  device: Device,
  shape: Shape,
  ids: Operand,
  x: Operand,
  axis: number,
): Content {
  const { outer, length, inner } = aroundAxis(shape, axis);
  const count = sizeOf(ids.shape);
  const [order, starts] = device.compute('indexAdd', [ids], [count, length + 1], (values) =>
    sorted(check('indexAdd', ids, values, length), length),
  );
  return device.submit({
    operation: 'indexAdd',
    source: gathered,
    inputs: [contentOf(x), order, starts],
    numbers: [x.offset, length, inner, count],
    length: outer * length * inner,
  });
}

export function scatterAdd(
  device: Device,
  shape: Shape,
  ids: Operand,
  x: Operand,
  axis: number,
): Content {
  const [count, size] = [sizeOf(ids.shape), sizeOf(shape)];
  const [order, starts] = device.compute('scatterAdd', [ids], [count, size + 1], (values) => {
    const checked = check('scatterAdd', ids, values, shape[axis]);
    return sorted(placesOf(shape, ids.shape, checked, axis), size);
  });
  return device.submit({
    operation: 'scatterAdd',
    source: gathered,
    inputs: [contentOf(x), order, starts],
    numbers: [x.offset, size, 1, count],
    length: size,
  });
}

/** Ids that lie on an axis of `length`; one may be excepted. */
export function check(
  operation: string,
  ids: Operand,
  values: TypedArray,
  length: number,
  except?: number,
): Int32Array {
  const memory = {
    dtype: 'int32' as const,
    length: values.length,
    values: Int32Array.from(values),
  };
  const operand = { memory, offset: 0, shape: ids.shape, dtype: ids.dtype };
  return checkedIds(operation, operand, length, except);
}

/** Where each id points: its own place with the index along the axis replaced by the id. */
function placesOf(shape: Shape, over: Shape, ids: Int32Array, axis: number): Int32Array {
  const strides = stridesOf(shape);
  return ids.map((id, i) => {
    let place = 0;
    let rest = i;
    for (let k = over.length - 1; k >= 0; k--) {
      place += (k === axis ? id : rest % over[k]) * strides[k];
      rest = Math.floor(rest / over[k]);
    }
    return place;
  });
}

/** Indices of the ids, place by place and in order, and where those of each place begin. */
function sorted(places: Int32Array, count: number): [order: Int32Array, starts: Int32Array] {
  const starts = new Int32Array(count + 1);
  for (const place of places) starts[place + 1]++;
  for (let place = 0; place < count; place++) starts[place + 1] += starts[place];
  const order = new Int32Array(places.length);
  const next = starts.slice();
  places.forEach((place, i) => {
    order[next[place]++] = i;
  });
  return [order, starts];
}
