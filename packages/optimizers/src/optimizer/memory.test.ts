import {
  add,
  mul,
  parameter,
  square,
  sum,
  type Tensor,
  useBackend,
  zeros,
  zerosLike,
} from '@unroll/tensor';
import { deviceBackend } from '@unroll/tensor/testing';
import { afterEach, expect, test } from 'vitest';
import { Adam } from '../optimizers/adam.ts';
import { Optimizer } from './optimizer.ts';

const LARGE = 1024;
afterEach(() => void useBackend(undefined));

/** Momentum that remembers a new tensor each time. */
class Heavy extends Optimizer<{ lr: number }, { m: Tensor }> {
  protected problems() {
    return [];
  }

  protected slots(): readonly 'm'[] {
    return ['m'];
  }

  protected update(p: Tensor, g: Tensor, { lr }: { lr: number }, { m }: Partial<{ m: Tensor }>) {
    const next = add(mul(m ?? zerosLike(p), 0.5), g);
    return { p: p.sub(mul(next, lr)), m: next };
  }
}

test.each([
  ['new tensors', (w: Tensor) => new Heavy('Heavy', [w], {}, { lr: 0.1 }), 2],
  ['tensors that it writes over', (w: Tensor) => new Adam([w], { lr: 0.1 }), 1],
])('what an optimizer remembers in %s stays, and what it was before is freed', (_, make, alive) => {
  const device = deviceBackend();
  useBackend(device);
  const w = parameter(add(zeros([LARGE]), 1));
  const optimizer = make(w);
  const before = device.alive(LARGE);
  for (let i = 0; i < 4; i++) {
    optimizer.zeroGrad();
    sum(square(w)).backward();
    optimizer.step();
  }
  expect(w.dataSync()).not.toContain(Number.NaN);
  // The gradient, and the momentum where it is new; what is written over came from the host.
  expect(device.alive(LARGE)).toBe(before + alive);
});
