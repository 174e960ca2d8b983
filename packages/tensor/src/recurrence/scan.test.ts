import { NumericError, ShapeError, UnsupportedError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { grad } from '../autograd/backward.ts';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { detectAnomaly } from '../autograd/mode.ts';
import { tensor } from '../core/create.ts';
import type { Symbolic } from '../core/symbolic.ts';
import type { Tensor } from '../core/tensor.ts';
import { add, div, log, mul, sigmoid, sqrt, sub, tanh } from '../operations/arithmetic.ts';
import { concat } from '../operations/join.ts';
import { matmul } from '../operations/matmul.ts';
import { sum } from '../operations/reduce.ts';
import { softmax } from '../operations/softmax.ts';
import { randomStream } from '../random/random.ts';
import { expectClose } from '../testing/expect-close.ts';
import { scan } from './scan.ts';
import { memorySum, rowNorm, type StepFunction, score, traceProgram } from './trace.ts';

const [inputs, units] = [2, 3];
const schedules = {
  forward: { batchSizes: [3, 3, 2, 1], reverse: false },
  backward: { batchSizes: [3, 3, 2, 1], reverse: true },
};

const draws = randomStream('scan.test');
const draw = (...shape: number[]) => draws.normal(shape, { dtype: 'float64', std: 0.6 });

const sizes = {
  steps: { x: inputs },
  states: { h: units },
  parameters: { W: [inputs, units], U: [units, units], p: [units] },
};

const gated: StepFunction = ({ x, h }, { W, U, p }) => {
  const z = sigmoid(add(matmul(x, W), matmul(h, U), p));
  const n = tanh(add(matmul(x, W), mul(p, h)));
  return { z, n, h: add(mul(sub(1, z), h), mul(z, n)) };
};

/** A run of `gated` as a function of its tensors. */
function run(schedule: (typeof schedules)['forward']) {
  const program = traceProgram('gated', sizes, gated, ['h']);
  return (x: Tensor, h: Tensor, W: Tensor, U: Tensor, p: Tensor) => {
    const result = scan({
      program,
      schedule,
      steps: { x },
      states: { h },
      parameters: { W, U, p },
    });
    return [result.outputs.h, result.finalStates.h];
  };
}

const rows = 9;
const operands = () => [
  draw(rows, inputs),
  draw(3, units),
  draw(inputs, units),
  draw(units, units),
  draw(units),
];

describe.each(Object.entries(schedules))('a %s scan', (_, schedule) => {
  test('has the gradient that differences say, for every input', () => {
    gradcheck(run(schedule), operands());
  });

  test('has the second derivative that differences say', () => {
    gradgradcheck(run(schedule), operands());
  });

  test('gives the same gradient from its derivative program and from the replayed steps', () => {
    const leaves = operands();
    for (const leaf of leaves) leaf.requiresGrad = true;
    const loss = () => {
      const [output, last] = run(schedule)(...(leaves as Parameters<ReturnType<typeof run>>));
      return add(sum(mul(output, output)), sum(last));
    };
    const compiled = grad(loss(), leaves).map((g) => g.dataSync());
    const replayed = grad(loss(), leaves, { createGraph: true }).map((g) => g.dataSync());
    for (const [i, values] of compiled.entries()) {
      const scale = Math.max(...values.map(Math.abs));
      for (const [k, v] of values.entries())
        expect(Math.abs(v - replayed[i][k])).toBeLessThanOrEqual(1e-12 * scale);
    }
  });
});

test('a state that no equation reads has a gradient of zeros, replayed too', () => {
  const program = traceProgram(
    'shown',
    { steps: { x: units }, states: { h: units, c: units }, parameters: { p: [units] } },
    ({ x, c }, { p }) => ({ h: tanh(mul(p, c)), c: add(mul(p, c), x) }),
    ['h'],
  );
  const [x, h, c, p] = [draw(rows, units), draw(3, units), draw(3, units), draw(units)];
  for (const leaf of [x, h, c, p]) leaf.requiresGrad = true;
  const loss = () => {
    const call = { program, schedule: schedules.forward, steps: { x }, states: { h, c } };
    const { outputs } = scan({ ...call, parameters: { p } });
    return sum(mul(outputs.h, outputs.h));
  };
  for (const createGraph of [false, true]) {
    const [ofH, ofC] = grad(loss(), [h, c], { createGraph });
    expect([...ofH.dataSync()]).toEqual(new Array(3 * units).fill(0));
    expect(ofC.dataSync().some((g) => g !== 0)).toBe(true);
  }
});

test('a scan whose initial state was computed from its input counts each path once', () => {
  const program = traceProgram('gated', sizes, gated, ['h']);
  gradgradcheck(
    (x, W, U, p) => {
      const h = matmul(x, W);
      return scan({
        program,
        schedule: { batchSizes: [2, 2], reverse: false },
        steps: { x: concat([x, x], { axis: 0 }) },
        states: { h },
        parameters: { W, U, p },
      }).outputs.h;
    },
    [draw(2, inputs), draw(inputs, units), draw(units, units), draw(units)],
  );
});

test('attention over a memory of ragged lengths has the right first and second derivatives', () => {
  const program = traceProgram(
    'attend',
    {
      steps: { x: inputs },
      states: { h: units },
      memories: {
        keys: { size: units, source: 'encoder' },
        values: { size: units, source: 'encoder' },
      },
      parameters: { W: [inputs + units, units], U: [units, units], v: [units] },
    },
    ({ x, h, keys, values }, { W, U, v }) => {
      const weights = softmax(score(matmul(h, U), keys, v));
      const context = memorySum(weights, values);
      return { weights, h: tanh(add(rowNorm(matmul(concat([x, context], { axis: 1 }), W)), h)) };
    },
    ['h', 'weights'],
  );
  const attend = (
    x: Tensor,
    h: Tensor,
    keys: Tensor,
    values: Tensor,
    W: Tensor,
    U: Tensor,
    v: Tensor,
  ) => {
    const { outputs } = scan({
      program,
      schedule: { batchSizes: [2, 1], reverse: false },
      steps: { x },
      states: { h },
      memories: { keys, values },
      lengths: { encoder: [2, 4] },
      parameters: { W, U, v },
    });
    return [outputs.h, outputs.weights];
  };
  const tensors = [
    draw(3, inputs),
    draw(2, units),
    draw(2, 4, units),
    draw(2, 4, units),
    draw(inputs + units, units),
    draw(units, units),
    draw(units),
  ] as const;
  gradcheck(attend as never, tensors);
  gradgradcheck(attend as never, tensors);
  const weights = attend(...tensors)[1].dataSync();
  expect([...weights.slice(2, 4)]).toEqual([0, 0]);
});

test('a value of weights alone has a row for every living sequence', () => {
  const program = traceProgram(
    'decay',
    {
      steps: { x: units },
      states: { h: units },
      parameters: { a: [units], W: [2 * units, units] },
    },
    ({ x, h }, { a, W }) => {
      const decay = sigmoid(a);
      return { decay, h: tanh(matmul(concat([decay, add(mul(decay, h), x)], { axis: 1 }), W)) };
    },
    ['h', 'decay'],
  );
  const leaky = (x: Tensor, h: Tensor, a: Tensor, W: Tensor) => {
    const { outputs } = scan({
      program,
      schedule: { batchSizes: [2, 1], reverse: false },
      steps: { x },
      states: { h },
      parameters: { a, W },
    });
    return [outputs.h, outputs.decay];
  };
  const tensors = [draw(3, units), draw(2, units), draw(units), draw(2 * units, units)] as const;
  gradcheck(leaky as never, tensors);
  gradgradcheck(leaky as never, tensors);
});

test('watched values come out at every step, with their gradients after backward', () => {
  const program = traceProgram('gated', sizes, gated, ['h']);
  const [x, h, W, U, p] = operands();
  W.requiresGrad = true;
  let seen: Record<string, Tensor> = {};
  const { outputs, watched } = scan({
    program,
    schedule: schedules.forward,
    steps: { x },
    states: { h },
    parameters: { W, U, p },
    watch: ['z', 'n'],
    onGradients: (gradients) => {
      seen = gradients;
    },
  });
  sum(outputs.h).backward();
  expect(watched.z.shape).toEqual([rows, units]);
  expect(seen.n.shape).toEqual([rows, units]);
  // The last row of sequence 0 has no later step: ∂h/∂n = z there.
  const [z, dn] = [watched.z.dataSync(), seen.n.dataSync()];
  for (let unit = 0; unit < units; unit++) {
    const at = (rows - 1) * units + unit;
    expect(dn[at]).toBeCloseTo(z[at], 12);
  }
});

describe('what a step may not do', () => {
  const trace = (step: StepFunction) => traceProgram('bad', sizes, step, ['h']);

  test('is to close over a tensor', () => {
    const outside = tensor([1, 2, 3]);
    expect(() => trace(({ h }) => ({ h: mul(h, outside as never) }))).toThrow(
      /closes over a tensor/,
    );
  });

  test('is to branch on a value', () => {
    const branching = () => trace(({ h }) => ({ h: (h as never) > 0 ? h : h }));
    expect(branching).toThrow(UnsupportedError);
    expect(branching).toThrow(/branch on one. Use where\(condition, x, y\)/);
  });

  test('is to name a weight that there is not', () => {
    const missing = undefined as never;
    for (const step of [
      ({ h }: { h: Symbolic }) => mul(h, missing),
      ({ h }: { h: Symbolic }) => matmul(h, missing),
      ({ h }: { h: Symbolic }) => concat([h, missing], { axis: 1 }),
    ]) {
      const wrong = () => trace((values) => ({ h: step(values as { h: Symbolic }) }));
      expect(wrong).toThrow(/needs a tensor; got undefined/);
    }
  });

  test.each(['data', 'dataSync', 'item', 'itemSync', 'toArray'])('is to read one: %s', (method) => {
    const reading = () =>
      trace(({ h }) => {
        (h as unknown as Record<string, () => unknown>)[method]();
        return { h };
      });
    expect(reading).toThrow(UnsupportedError);
    expect(reading).toThrow(/may not read a value .* or declare an input/);
  });

  test('is to leave a state out', () => {
    expect(() => trace(({ h }) => ({ z: h }) as never)).toThrow(/does not return the state 'h'/);
  });

  test('is to return a value of another step', () => {
    let foreign: unknown;
    trace(({ h }) => {
      foreign = h;
      return { h };
    });
    expect(() => trace(() => ({ h: foreign as never }))).toThrow(UnsupportedError);
  });
});

test('a call lists everything that does not fit its program', () => {
  const program = traceProgram('gated', sizes, gated, ['h']);
  const call = () =>
    scan({
      program,
      schedule: schedules.forward,
      steps: { x: draw(rows, 5), y: draw(rows, 1) },
      states: {},
      parameters: { W: draw(2, 3), U: draw(3, 3), p: draw(4) },
    });
  expect(call).toThrow(ShapeError);
  expect(call).toThrow(/states lack h \[3, 3\]/);
  expect(call).toThrow(/steps have y/);
  expect(call).toThrow(/x must be \[9, 2\]; got \[9, 5\]/);
  expect(call).toThrow(/p must be \[3\]; got \[4\]/);
});

test('the anomaly mode names the value and the time step of the first NaN', () => {
  const program = traceProgram(
    'fragile',
    { steps: { x: 1 }, states: { h: 1 }, parameters: { w: [1] } },
    ({ x, h }, { w }) => {
      const root = log(add(x, mul(h, w)));
      return { root, h: div(root, 2) };
    },
    ['h'],
  );
  const call = () =>
    scan({
      program,
      schedule: { batchSizes: [1, 1, 1], reverse: false },
      steps: { x: tensor([[1], [2], [-3]]) },
      states: { h: tensor([[0]]) },
      parameters: { w: tensor([1]) },
    });
  expect(call().outputs.h.dataSync()[2]).toBeNaN();
  expect(() => detectAnomaly(call)).toThrow(NumericError);
  expect(() => detectAnomaly(call)).toThrow(/log in value root of fragile at step 2/);
});

describe('a backward pass in the anomaly mode', () => {
  test('gives the gradients that it gives otherwise, and records nothing', () => {
    const f = run(schedules.forward);
    const leaves = operands();
    for (const x of leaves) x.requiresGrad = true;
    const [x, h, W, U, p] = leaves;
    const pass = () => sum(mul(f(x, h, W, U, p)[0], 3)).backward();
    pass();
    const plain = leaves.map((x) => x.grad as Tensor);
    for (const x of leaves) x.grad = undefined;
    detectAnomaly(pass);
    for (const [i, x] of leaves.entries()) {
      expectClose(x.grad as Tensor, plain[i]);
      expect(x.grad?.requiresGrad).toBe(false);
    }
  });

  test('names the value and the time step whose gradient is the first NaN', () => {
    const program = traceProgram(
      'rooted',
      { steps: { x: 1 }, states: { h: 1 }, parameters: { w: [1] } },
      // √0 · 0: a number, but its derivative 0 · ∞ is none.
      ({ x, h }, { w }) => {
        const root = sqrt(x);
        return { root, h: add(mul(h, w), mul(root, 0)) };
      },
      ['h'],
    );
    const x = tensor([[4], [0], [9]], { requiresGrad: true });
    const pass = () =>
      sum(
        scan({
          program,
          schedule: { batchSizes: [1, 1, 1], reverse: false },
          steps: { x },
          states: { h: tensor([[0]]) },
          parameters: { w: tensor([1]) },
        }).finalStates.h,
      ).backward();
    expect(() => detectAnomaly(pass)).toThrow(NumericError);
    expect(() => detectAnomaly(pass)).toThrow(
      /sqrt gradient in value root of rooted at step 1: made NaN/,
    );
  });
});
