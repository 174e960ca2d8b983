import {
  add,
  matmul,
  mul,
  reshape,
  sigmoid,
  slice,
  split,
  stack,
  sub,
  type Tensor,
  tanh,
} from '@unroll/tensor';

/** What a test puts in place of parts of an unrolled cell, at one step. */
export interface Twist {
  /** What enters products with W. */
  readonly x?: (x: Tensor) => Tensor;
  /** What enters products with U. */
  readonly operand?: (h: Tensor) => Tensor;
  /** The new state of a name, from the old one and what the cell computes. */
  readonly state?: (name: string, old: Tensor, next: Tensor, step: number) => Tensor;
}

type States = Record<string, Tensor>;
type Step = (x: Tensor, states: States, weights: States, twist: Required<Twist>) => States;

/** The papers' equations in ordinary recorded operations: what the wrappers' tests compare with. */
export const steps = {
  lstm(x, { h, c }, { W, U, b }, { x: onX, operand }) {
    const sums = add(add(matmul(onX(x), W), matmul(operand(h), U)), b);
    const [i, f, g, o] = split(sums, 4, { axis: 1 });
    const memory = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    return { h: mul(sigmoid(o), tanh(memory)), c: memory };
  },
  gru(x, { h }, { W, U, b, bU }, { x: onX, operand }) {
    const [xr, xz, xn] = split(add(matmul(onX(x), W), b), 3, { axis: 1 });
    const [hr, hz, hn] = split(matmul(operand(h), U), 3, { axis: 1 });
    const [r, z] = [sigmoid(add(xr, hr)), sigmoid(add(xz, hz))];
    const n = tanh(add(xn, mul(r, add(hn, bU))));
    return { h: add(mul(sub(1, z), n), mul(z, h)) };
  },
  'gru-before'(x, { h }, { W, U, b }, { x: onX, operand }) {
    const [xr, xz, xn] = split(add(matmul(onX(x), W), b), 3, { axis: 1 });
    const [Ur, Uz, Un] = split(U, 3, { axis: 1 });
    const r = sigmoid(add(xr, matmul(operand(h), Ur)));
    const z = sigmoid(add(xz, matmul(operand(h), Uz)));
    const n = tanh(add(xn, matmul(operand(mul(r, h)), Un)));
    return { h: add(mul(sub(1, z), h), mul(z, n)) };
  },
} satisfies Record<string, Step>;

/** A cell over a batch `[batch, time, m]`, step by step: outputs `[batch, time, n]`. */
export function unrolled(
  cell: keyof typeof steps,
  x: Tensor,
  weights: States,
  start: States,
  twist: Twist,
): Tensor {
  const full = { x: same, operand: same, state: (_: string, __: Tensor, next: Tensor) => next };
  const [batch, time, size] = x.shape;
  const outputs: Tensor[] = [];
  let states = start;
  for (let t = 0; t < time; t++) {
    const row = reshape(slice(x, { axis: 1, from: t, to: t + 1 }), [batch, size]);
    const old = states;
    const next: States = (steps[cell] as Step)(row, old, weights, { ...full, ...twist });
    const become = twist.state ?? full.state;
    states = Object.fromEntries(
      Object.entries(next).map(([name, value]) => [name, become(name, old[name], value, t)]),
    );
    outputs.push(states.h);
  }
  return stack(outputs, { axis: 1 });
}

function same(x: Tensor): Tensor {
  return x;
}
