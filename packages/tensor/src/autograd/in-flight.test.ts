import { wasm } from '@unroll/wasm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  add,
  assign,
  defineOp,
  grad,
  mul,
  parameter,
  randomStream,
  relu,
  sum,
  type Tensor,
  useBackend,
} from '../index.ts';

const backend = wasm({ threads: 1 });
const before = useBackend(backend);
beforeEach(() => {
  useBackend(backend);
});
afterEach(() => {
  useBackend(before);
});

// Large enough for the machine's memory.
const SHAPE = [100, 200];
const values = (name: string) => randomStream(name).normal(SHAPE);
const ones = () => new Float32Array(100 * 200).fill(1);

test('gradients go back when they have been used, those of leaves when others take their place', () => {
  const p = parameter(values('p'));
  const step = () => {
    p.grad = undefined;
    const y = sum(mul(relu(mul(p, 2)), p));
    const { used } = backend.memory();
    y.backward();
    return backend.memory().used - used;
  };
  step();
  const gradient = 4 * 100 * 200 + 64;
  expect(step()).toBeLessThanOrEqual(gradient);
  expect(step()).toBeLessThanOrEqual(gradient);
});

test('a gradient that two leaves have is nobody else’s in either', () => {
  const [p, q] = [parameter(values('p')), parameter(values('q'))];
  sum(add(p, q)).backward();
  const [dp, dq] = [p.grad as Tensor, q.grad as Tensor];
  assign(dp, mul(dp, 3));
  expect(dq.dataSync()).toEqual(ones());
  expect(dp.dataSync()).toEqual(ones().fill(3));
});

test('the gradient that a pass begins with stays its owner’s', () => {
  const p = parameter(values('p'));
  const dy = values('dy');
  const given = dy.dataSync();
  add(p, 1).backward({ gradient: dy });
  assign(p.grad as Tensor, mul(dy, 2));
  expect(dy.dataSync()).toEqual(given);
});

test('a gradient that was read can be kept when it is forgotten', () => {
  const p = parameter(values('p'));
  sum(mul(p, 1)).backward();
  const kept = p.grad as Tensor;
  p.grad = undefined;
  sum(mul(p, 2)).backward();
  expect(kept.dataSync()).toEqual(ones());
});

test('what a hook or an operation of one’s own is handed can be kept', () => {
  const seen: Tensor[] = [];
  const watch = defineOp({
    name: 'watch',
    forward: (x) => mul(x, 1),
    backward: ({ gradient }) => {
      const passed = mul(gradient, 2);
      seen.push(gradient, passed);
      return [passed];
    },
  });
  const p = parameter(values('p'));
  const y = mul(p, 1);
  y.registerHook((dy) => {
    seen.push(dy);
    return undefined;
  });
  p.registerHook((dp) => {
    seen.push(dp);
    return undefined;
  });
  sum(mul(watch(y), 1)).backward();
  p.grad = undefined;
  sum(mul(p, 5)).backward();
  const twos = ones().fill(2);
  expect(seen.map((x) => x.dataSync())).toEqual([ones(), twos, twos, twos, ones().fill(5)]);
});

test('gradients that were asked for can be kept, of inner values too', () => {
  const p = parameter(values('p'));
  const y = mul(p, 2);
  const found = grad(sum(mul(add(y, 1), 3)), [y, p]);
  sum(mul(p, 5)).backward();
  expect(found.map((x) => x.dataSync())).toEqual([ones().fill(3), ones().fill(6)]);
});
