import { UnrollError } from '@unroll/backend';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backward, grad } from '../autograd/backward.ts';
import { defineOp } from '../autograd/define-op.ts';
import { noGrad } from '../autograd/mode.ts';
import { add, mul, square, tanh } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { fuse } from '../operations/fuse.ts';
import { sum } from '../operations/reduce.ts';
import { slice } from '../operations/slice.ts';
import { Sequence } from '../sequence/sequence.ts';
import { detachState } from '../state/state.ts';
import { type DeviceBackend, deviceBackend } from '../testing/device-backend.ts';
import { assign } from './assign.ts';
import { full, parameter, zeros } from './create.ts';
import { useBackend } from './engine.ts';
import { keep, replaceHeld, StepMemory } from './releasing.ts';
import type { Tensor } from './tensor.ts';

/** Elements of the smallest memory that release points free. */
const LARGE = 1024;

let device: DeviceBackend;
beforeEach(() => {
  device = deviceBackend();
  useBackend(device);
});
afterEach(() => void useBackend(undefined));

const large = (value: number) => full([LARGE], value);
const first = (x: Tensor) => x.dataSync()[0];

function expectFreed(x: Tensor, place: string): void {
  expect(() => x.dataSync()).toThrow(UnrollError);
  expect(() => mul(x, 2)).toThrow(`this value was freed at the end of ${place}`);
  expect(() => mul(x, 2)).toThrow('Call keep(x) before that end');
}

describe('the end of noGrad', () => {
  test('frees what was made there, except what it returns', () => {
    const inside: Tensor[] = [];
    const y = noGrad(() => {
      inside.push(mul(large(2), 3));
      return add(inside[0], 1);
    });
    expectFreed(inside[0], 'noGrad');
    expect(first(y)).toBe(7);
    expect(device.alive(1)).toBe(1);
  });

  test.each<[string, (x: Tensor) => unknown]>([
    ['in a list', (x) => [1, [x]]],
    ['in a state', (x) => [{ h: x, c: null }]],
    ['in a sequence', (x) => Sequence.fromBatch(reshape(x, [1, LARGE]))],
    ['in a map', (x) => new Map([['h', x]])],
    ['as a view', (x) => slice(reshape(x, [4, LARGE / 4]), { to: 1 })],
  ])('leaves what it returns %s', (_, wrapped) => {
    let inside: Tensor | undefined;
    noGrad(() => {
      inside = mul(large(2), 3);
      return wrapped(inside);
    });
    expect(first(inside as Tensor)).toBe(6);
  });

  test('leaves what was kept, what is small, what came from the host and what was made before', () => {
    const before = mul(large(1), 2);
    const inside: Tensor[] = [];
    noGrad(() => {
      inside.push(keep(mul(large(2), 3)), mul(full([LARGE - 1], 2), 3), large(4));
    });
    expect(inside.map(first)).toEqual([6, 6, 4]);
    expect(first(before)).toBe(2);
  });

  test('leaves what is written in place, and what has become a parameter', () => {
    const inside: Tensor[] = [];
    noGrad(() => {
      const written = mul(large(0), 1);
      assign(written, large(5));
      inside.push(written, parameter(mul(large(2), 3)));
    });
    expect(inside.map(first)).toEqual([5, 6]);
  });

  test('hands what it returns to the noGrad around it', () => {
    let inner: Tensor | undefined;
    const outer = noGrad(() => {
      inner = noGrad(() => mul(large(2), 3));
      expect(first(inner)).toBe(6);
      return sum(inner);
    });
    expectFreed(inner as Tensor, 'noGrad');
    expect(first(outer)).toBe(6 * LARGE);
  });

  test('frees what was made when it fails', () => {
    expect(() =>
      noGrad(() => {
        mul(large(2), 3);
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(device.alive(1)).toBe(0);
  });

  test('is no release point on a backend whose memory is the collector’s', () => {
    useBackend(undefined);
    let inside: Tensor | undefined;
    noGrad(() => {
      inside = mul(large(2), 3);
    });
    expect(first(inside as Tensor)).toBe(6);
  });
});

describe('the end of backward()', () => {
  const learned = () => parameter(large(3));

  test('frees what its graph has computed and its own values, but no gradient and no loss', () => {
    const w = learned();
    const y = tanh(mul(w, large(2)));
    const loss = sum(square(y));
    loss.backward();
    expectFreed(y, 'backward()');
    expect(first(loss)).toBeCloseTo(LARGE, 0);
    expect(w.grad && first(w.grad)).toBeDefined();
    expect(device.alive(LARGE)).toBe(1);
  });

  test('leaves what was made before the graph: a batch, a constant, features', () => {
    const [batch, features] = [large(2), mul(large(5), 2)];
    const w = learned();
    for (let step = 0; step < 2; step++) {
      sum(mul(mul(w, batch), features)).backward();
    }
    expect([batch, features].map(first)).toEqual([2, 10]);
    expect(w.grad && first(w.grad)).toBe(40);
  });

  test('leaves what was kept, and views of it', () => {
    const w = learned();
    const y = keep(mul(w, 2));
    const view = reshape(y, [2, LARGE / 2]);
    sum(square(view)).backward();
    expect([y, view].map(first)).toEqual([6, 6]);
  });

  test('leaves parameters that are read through views', () => {
    const w = learned();
    sum(square(reshape(w, [2, LARGE / 2]))).backward();
    expect(first(w)).toBe(3);
  });

  test('leaves a retained graph to the pass that does not retain it', () => {
    const w = learned();
    const y = mul(w, 2);
    const loss = sum(square(y));
    loss.backward({ retainGraph: true });
    expect(first(y)).toBe(6);
    loss.backward();
    expect(w.grad && first(w.grad)).toBe(48);
    expectFreed(y, 'backward()');
    expect(device.alive(LARGE)).toBe(1);
  });

  test('leaves what a pass has made that can be differentiated itself', () => {
    const w = learned();
    backward(sum(mul(square(w), w)), { createGraph: true });
    const first_ = w.grad as Tensor;
    w.grad = undefined;
    sum(first_).backward();
    expect(w.grad && first(w.grad)).toBe(18);
  });

  test('frees accumulated gradients when another takes their place, or none', () => {
    const w = learned();
    for (let step = 0; step < 3; step++) sum(square(w)).backward();
    expect(w.grad && first(w.grad)).toBe(18);
    expect(device.alive(LARGE)).toBe(1);
    w.grad = undefined;
    sum(square(w)).backward();
    expect(device.alive(LARGE)).toBe(1);
  });

  test('leaves one gradient of two parameters until both have another', () => {
    const [a, b] = [learned(), learned()];
    const w = learned();
    sum(mul(add(a, b), w)).backward();
    a.grad = undefined;
    sum(square(w)).backward();
    expect(b.grad && first(b.grad)).toBe(3);
  });

  test('never frees a gradient that somebody else has made', () => {
    const w = learned();
    const mine = mul(large(2), 2);
    w.grad = mine;
    w.grad = undefined;
    sum(square(w)).backward();
    expect(first(mine)).toBe(4);
  });

  test('leaves the gradients that hooks were given, and what they made', () => {
    const w = learned();
    const y = mul(w, 2);
    const seen: Tensor[] = [];
    y.registerHook((gradient) => {
      seen.push(gradient, mul(gradient, 2));
      return undefined;
    });
    sum(square(y)).backward();
    expect(seen.map(first)).toEqual([12, 24]);
  });

  const cell = fuse((w, h) => {
    const next = mul(w, h);
    return [tanh(next), next];
  });

  test('carries a state from window to window, and frees it when it was passed on', () => {
    const w = learned();
    let carried = { h: large(1) };
    const windows: Tensor[] = [];
    for (let step = 0; step < 4; step++) {
      const [output, h] = cell(w, carried.h);
      sum(square(output)).backward();
      carried = detachState({ h });
      windows.push(carried.h);
    }
    expect(first(carried.h)).toBe(81);
    for (const h of windows.slice(0, -1)) expectFreed(h, 'backward()');
    expect(device.alive(LARGE)).toBe(2);
  });

  test('leaves the graph to a loss that was cut off from it', () => {
    // As when a discriminator learns before the generator does.
    const [w, v] = [learned(), learned()];
    const made = mul(w, 2);
    sum(mul(v, made.detach())).backward();
    expect(first(made)).toBe(6);
    sum(mul(v, made)).backward();
    expectFreed(made, 'backward()');
    expect(w.grad && first(w.grad)).toBe(6);
  });

  test('frees small values of its own', () => {
    const w = parameter(full([8], 3));
    sum(tanh(square(w))).backward();
    const before = device.alive(1);
    for (let step = 0; step < 3; step++) {
      w.grad = undefined;
      sum(tanh(square(w))).backward();
    }
    // Three values of the graph in each step, small enough to be read after it: none of the pass's.
    expect(device.alive(1)).toBe(before + 9);
  });

  test('frees what was made inside of an operation of one’s own', () => {
    const triple = defineOp({
      name: 'triple',
      forward: (x: Tensor) => mul(mul(x, 1.5), 2),
      backward: ({ gradient }) => [mul(mul(gradient, 1.5), 2)],
    });
    const w = learned();
    sum(triple(w)).backward();
    expect(w.grad && first(w.grad)).toBe(3);
    expect(device.alive(LARGE)).toBe(1);
  });
});

test('grad() frees what it makes, except the gradients that were asked for', () => {
  const w = parameter(large(3));
  const y = square(w);
  const [dy, dw] = grad(sum(square(y)), [y, w]);
  expect([y, dy, dw].map(first)).toEqual([9, 18, 108]);
  expect(device.alive(LARGE)).toBe(4); // with square(y)
});

test('keep gives back what it is given, and refuses what was freed', () => {
  const state = [{ h: mul(large(1), 2) }];
  expect(keep(state)).toBe(state);
  const inside: Tensor[] = [];
  noGrad(() => void inside.push(mul(large(1), 2)));
  expect(() => keep(inside)).toThrow('was freed at the end of noGrad');
});

test('what replaces something held is left, and what it replaces is freed', () => {
  let held: { m: Tensor } | undefined;
  const past: Tensor[] = [];
  for (let step = 1; step <= 3; step++) {
    noGrad(() => {
      const next = { m: mul(large(step), 2) };
      replaceHeld(held, next);
      held = next;
      past.push(next.m);
    });
  }
  expect(first(past[2])).toBe(6);
  for (const m of past.slice(0, 2)) expectFreed(m, 'noGrad');
});

describe('the memory of steps', () => {
  test('frees what was made in each, and carries what goes on to the next', () => {
    const memory = new StepMemory('my step');
    let carried = zeros([LARGE]);
    const past: Tensor[] = [];
    for (let step = 0; step < 3; step++) {
      const waste = memory.run(() => mul(large(2), 3));
      carried = memory.carry(memory.run(() => add(carried, 1)));
      past.push(carried);
      expect(first(waste)).toBe(6);
      memory.release();
      expectFreed(waste, 'my step');
    }
    expect(first(carried)).toBe(3);
    for (const state of past.slice(0, -1)) expectFreed(state, 'my step');
    memory.release();
    expectFreed(carried, 'my step');
    expect(device.alive(1)).toBe(0);
  });

  test('is its own: what others make between its parts is not touched', () => {
    const [one, other] = [new StepMemory('one'), new StepMemory('other')];
    const a = one.run(() => mul(large(2), 3));
    const b = other.run(() => mul(large(2), 4));
    const c = mul(large(2), 5);
    one.release();
    expectFreed(a, 'one');
    expect([b, c].map(first)).toEqual([8, 10]);
    other.release();
    expectFreed(b, 'other');
    expect(first(c)).toBe(10);
  });

  test('holds a carried state over a backward pass that has read it', () => {
    const memory = new StepMemory('my step');
    const w = parameter(large(3));
    const state = memory.run(() => {
      const h = mul(w, 2);
      const next = memory.carry(detachState({ h }));
      sum(square(h)).backward();
      return next;
    });
    expect(first(state.h)).toBe(6);
    memory.release();
    expect(first(state.h)).toBe(6);
    w.grad = undefined;
    memory.release();
    expect(device.alive(LARGE)).toBe(0);
  });
});
