import { type Backend, reference, type SpanSink, UnrollError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { defineOp } from '../autograd/define-op.ts';
import { noGrad } from '../autograd/mode.ts';
import { ones, tensor } from '../core/create.ts';
import { currentBackend, useBackend } from '../core/engine.ts';
import { add, exp, mul, sub, tanh } from '../operations/arithmetic.ts';
import { softmaxCrossEntropy } from '../operations/cross-entropy.ts';
import { fuse } from '../operations/fuse.ts';
import { matmul } from '../operations/matmul.ts';
import { sum } from '../operations/reduce.ts';
import { indexSelect } from '../operations/select.ts';
import { softmax } from '../operations/softmax.ts';
import { scan } from '../recurrence/scan.ts';
import { traceProgram } from '../recurrence/trace.ts';
import { type Profile, profile } from './profile.ts';

const gradient = (...shape: number[]) => ones(shape, { requiresGrad: true });

/** Runs `fn` with another backend in use. */
function using<T>(backend: Backend, fn: () => T): T {
  const before = useBackend(backend);
  try {
    return fn();
  } finally {
    useBackend(before);
  }
}

test('the value comes back, and a product counts 2·m·k·n for each of the batch, whatever is transposed', () => {
  const [a, b, c] = [ones([5, 3, 7]), ones([7, 11]), ones([5, 11, 7])];
  const { value, profile: found } = profile(() => {
    matmul(a, b);
    matmul(a, c, { transposeB: true });
    return matmul(a, ones([5, 3, 2]), { transposeA: true });
  });
  expect(value.shape).toEqual([5, 7, 2]);
  const row = found.row('matmul');
  expect(row?.calls).toBe(3);
  expect(row?.flops).toBe(2 * 5 * 3 * 7 * 11 * 2 + 2 * 5 * 7 * 3 * 2);
  // The first: 5·3 rows of 7 times 7 × 11, of float32.
  const first = 105 + 77 + 165;
  expect(row?.bytes).toBe(4 * (first + (105 + 385 + 165) + (105 + 30 + 70)));
  expect(row?.gflops).toBeCloseTo((row?.flops ?? 0) / (row?.time ?? 0) / 1e6);
});

test('pointwise operations count their primitives, sums their elements, and moves nothing', () => {
  const [x, ids] = [ones([6, 4]), tensor([1, 1, 5], { dtype: 'int32' })];
  const { profile: found } = profile(() => {
    for (let i = 0; i < 4; i++) tanh(x);
    sum(x, { axis: 0 });
    indexSelect(x, ids);
  });
  expect(found.row('tanh')).toMatchObject({ calls: 4, flops: 4 * 24, bytes: 4 * 2 * 96 });
  expect(found.row('sum')).toMatchObject({ calls: 1, flops: 24, bytes: 96 + 16 });
  // Three of the six rows, and their numbers.
  expect(found.row('indexSelect')).toMatchObject({ calls: 1, flops: 0, gflops: 0, bytes: 12 + 96 });
});

test('fused kernels are counted too, an update under the name of its formula', () => {
  const [x, ids] = [gradient(3, 5), tensor([0, 4, 2], { dtype: 'int32' })];
  const step = fuse((p, g) => sub(p, mul(g, 0.1)), { name: 'descent' });
  const target = ones([7]);
  const { profile: found } = profile(() => {
    softmax(x);
    sum(softmaxCrossEntropy(x, ids)).backward();
    step.assignTo([target], 'test', target, ones([7]));
  });
  expect(found.row('softmax')).toMatchObject({ calls: 1, flops: 5 * 15, bytes: 4 * 30 });
  expect(found.row('crossEntropy')).toMatchObject({ calls: 1, flops: 4 * 15, bytes: 4 * 21 });
  expect(found.row('softmaxCrossEntropy backward')?.flops).toBe(6 * 15);
  // · and −; both inputs are read, and one of them is written.
  expect(found.row('descent')).toMatchObject({ calls: 1, flops: 2 * 7, bytes: 4 * 21 });
});

test('a backward pass is a row of its own, one call whatever it is composed of', () => {
  const [a, b] = [gradient(3, 5), gradient(5, 2)];
  const { profile: found } = profile(() => sum(mul(matmul(a, b), 2)).backward());
  expect(found.row('matmul')).toMatchObject({ calls: 1, flops: 60 });
  expect(found.row('matmul backward')).toMatchObject({ calls: 1, flops: 120 });
  expect(found.row('mul backward')?.calls).toBe(1);
  expect(found.row('broadcastTo')).toBeUndefined();
});

test('an operation of the user has one row, under its name', () => {
  const twice = defineOp({
    name: 'twice',
    forward: (x) => add(x, exp(mul(x, 0))),
    backward: ({ gradient }) => [gradient],
  });
  const { profile: found } = profile(() => twice(twice(ones([8]))));
  // mul, exp and add: one primitive each.
  expect(found.row('twice')).toMatchObject({ calls: 2, flops: 2 * 3 * 8 });
  expect(found.row('exp')).toBeUndefined();
});

test('a recurrence counts its program for every row of every step', () => {
  const program = traceProgram(
    'elman',
    { steps: { x: 3 }, states: { h: 4 }, parameters: { W: [3, 4], U: [4, 4] } },
    ({ x, h }, { W, U }) => ({ h: tanh(add(matmul(x, W), matmul(h, U))) }),
    ['h'],
  );
  const leaves = { x: gradient(5, 3), h: gradient(3, 4), W: gradient(3, 4), U: gradient(4, 4) };
  const { profile: found } = profile(() => {
    const { outputs } = scan({
      program,
      schedule: { batchSizes: [3, 2], reverse: false },
      steps: { x: leaves.x },
      states: { h: leaves.h },
      parameters: { W: leaves.W, U: leaves.U },
    });
    sum(outputs.h).backward();
  });
  const products = 2 * 5 * (3 * 4 + 4 * 4);
  expect(found.row('elman')).toMatchObject({ calls: 1, flops: products + 5 * 4 });
  const backward = found.row('elman backward');
  expect(backward?.calls).toBe(1);
  // Back through each product and into each weight; what is pointwise is little beside it.
  expect(backward?.flops).toBeGreaterThanOrEqual(2 * products);
  expect(backward?.flops).toBeLessThan(2 * products + 5 * 4 * 8);
});

test('times of rows add up to no more than the time that passed', () => {
  const { profile: found } = profile(() => {
    for (let i = 0; i < 20; i++) matmul(ones([40, 40]), ones([40, 40]));
  });
  expect(found.kernelTime).toBeGreaterThan(0);
  expect(found.kernelTime).toBeLessThanOrEqual(found.time);
  const times = found.rows.map((row) => row.time);
  expect(times).toEqual([...times].sort((a, b) => b - a));
});

test('an asynchronous function is profiled to its end', async () => {
  const { value, profile: found } = await profile(async () => {
    await sum(ones([2])).data();
    return sum(ones([3])).item();
  });
  expect(value).toBe(3);
  expect(found.row('sum')?.calls).toBe(2);
  expect(found.row('read')?.calls).toBe(2);
});

test('tensors and graphs from before are profiled, wherever they lie', () => {
  const there = using(reference(), () => ones([4]));
  const graph = sum(mul(gradient(4), 2));
  const { profile: found } = profile(() => {
    exp(there);
    tanh(ones([2], { dtype: 'float64' }));
    graph.backward();
  });
  for (const name of ['exp', 'tanh', 'mul backward', 'sum backward']) {
    expect(found.row(name)?.calls).toBe(1);
  }
});

test('a backend that is chosen meanwhile is profiled, and let alone afterwards', () => {
  const backend = reference();
  const { kernels } = backend;
  const { profile: found } = profile(() => using(backend, () => exp(ones([4]))));
  expect(found.row('exp')?.calls).toBe(1);
  expect(backend.kernels).toBe(kernels);
});

/** What is exchanged while a profile runs. */
function parts({ kernels, fused, upload, read, readSync }: Backend) {
  return [kernels, kernels.matmul, fused, upload, read, readSync];
}

test('off, every function of a backend is the very one it was', async () => {
  const before = parts(currentBackend());
  const { value: during } = profile(() => parts(currentBackend()));
  for (const [i, part] of before.entries()) expect(during[i]).not.toBe(part);
  expect(parts(currentBackend())).toEqual(before);
  for (const [i, part] of parts(currentBackend()).entries()) expect(part).toBe(before[i]);
});

test('an exception ends the profile and comes out, whether at once or later', async () => {
  const before = parts(currentBackend());
  const fail = () => {
    matmul(ones([2, 2]), ones([2, 2]));
    throw new RangeError('no');
  };
  expect(() => profile(fail)).toThrow(RangeError);
  expect(parts(currentBackend())).toEqual(before);
  await expect(profile(async () => fail())).rejects.toThrow(RangeError);
  expect(parts(currentBackend())).toEqual(before);
  // What was begun was ended: there can be another one, which starts from nothing.
  expect(profile(() => exp(ones([1]))).profile.row('matmul')).toBeUndefined();
});

test('a kernel that throws is not counted, and what is caught does not end the profile', () => {
  const { profile: found } = profile(() => {
    expect(() => indexSelect(ones([2]), tensor([9], { dtype: 'int32' }))).toThrow();
    exp(ones([1]));
  });
  expect(found.row('indexSelect')).toBeUndefined();
  expect(found.row('exp')?.calls).toBe(1);
});

test('a backend that cannot be changed is not in the profile, and all others are', () => {
  const frozen = Object.freeze(reference());
  const { profile: found } = profile(() => {
    using(frozen, () => exp(ones([1])));
    tanh(ones([1]));
  });
  expect(found.row('exp')).toBeUndefined();
  expect(found.row('tanh')?.calls).toBe(1);
});

test('products of nothing have no operations', () => {
  const { profile: found } = profile(() => matmul(ones([2, 0]), ones([0, 3])));
  expect(found.row('matmul')).toMatchObject({ calls: 1, flops: 0, gflops: 0, bytes: 4 * 6 });
});

test('one profile at a time', () => {
  const { value } = profile(() => {
    expect(() => profile(() => 1)).toThrow(UnrollError);
    return noGrad(() => exp(ones([1])));
  });
  expect(value.shape).toEqual([1]);
});

/** A backend whose products say that they have two stages; and the sink it has now. */
function staged() {
  let sink: SpanSink | undefined;
  const plain = reference();
  const backend: Backend = {
    ...plain,
    trace: (to) => {
      sink = to;
    },
    kernels: {
      ...plain.kernels,
      matmul: (...args) => {
        const start = performance.now();
        const result = plain.kernels.matmul(...args);
        const end = performance.now();
        const middle = (start + end) / 2;
        sink?.({ stage: 'copies', start, end: middle, flops: 0, bytes: 10 });
        sink?.({ stage: 'multiply', start: middle, end, flops: 100, bytes: 20 });
        return result;
      },
    },
  };
  return { backend, sink: () => sink };
}

function profileStaged(): Profile {
  const { backend, sink } = staged();
  const [a, b] = using(backend, () => [gradient(30, 30), gradient(30, 30)]);
  const { profile: found } = profile(() => {
    expect(sink()).toBeDefined();
    const y = sum(matmul(matmul(a, b), b));
    y.backward();
  });
  expect(sink()).toBeUndefined();
  return found;
}

test('stages that a backend tells of are inside of the operation that they ran for', () => {
  const found = profileStaged();
  const [row, backward] = [found.row('matmul'), found.row('matmul backward')];
  const stage = (name: string, entry = row) => entry?.stages.find((other) => other.name === name);
  expect(stage('multiply')).toMatchObject({ calls: 2, flops: 200, bytes: 40 });
  expect(stage('copies')).toMatchObject({ calls: 2, flops: 0, bytes: 20 });
  expect(stage('multiply', backward)).toMatchObject({ calls: 4, flops: 400 });
  for (const entry of [row, backward]) {
    const inside = entry?.stages.reduce((all, { time }) => all + time, 0) ?? 0;
    expect(inside).toBeGreaterThan(0);
    expect(inside).toBeLessThanOrEqual(entry?.time ?? 0);
  }
});

test('a trace file has complete events that lie inside of each other and of the whole', () => {
  const found = profileStaged();
  const { traceEvents, displayTimeUnit, otherData } = JSON.parse(found.toTrace());
  expect(displayTimeUnit).toBe('ms');
  expect(otherData).toEqual({ dropped: 0 });
  type Event = { name: string; cat: string; ph: string; ts: number; dur: number };
  const events = (traceEvents as Event[]).filter(({ ph }) => ph === 'X');
  expect(traceEvents.length - events.length).toBe(2);
  for (const event of events) {
    expect(event).toMatchObject({ pid: 1, tid: 1, name: expect.any(String) });
    expect(event.ts).toBeGreaterThanOrEqual(0);
    expect(event.dur).toBeGreaterThanOrEqual(0);
    expect(event.ts + event.dur).toBeLessThanOrEqual(1000 * found.time + 1e-6);
  }
  const of = (cat: string) => events.filter((event) => event.cat === cat);
  const within = (inner: Event, outer: Event) =>
    inner.ts >= outer.ts - 1e-6 && inner.ts + inner.dur <= outer.ts + outer.dur + 1e-6;
  // Two forward products stand alone, four are in backward passes; each has two stages.
  const backward = of('operation').filter(({ name }) => name === 'matmul backward');
  expect(backward).toHaveLength(2);
  const inner = of('kernel').filter(({ name }) => name === 'matmul');
  expect(inner).toHaveLength(4);
  for (const event of inner)
    expect(backward.filter((outer) => within(event, outer))).toHaveLength(1);
  const products = [...of('operation'), ...of('kernel')].filter(({ name }) => name === 'matmul');
  expect(of('stage')).toHaveLength(12);
  for (const stage of of('stage')) {
    expect(products.filter((outer) => within(stage, outer))).toHaveLength(1);
  }
});
