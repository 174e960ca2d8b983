import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Contestant, race } from './race.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A contestant whose n-th step takes as long as `time(n)` says; it counts steps and turns. */
function runner(time: (step: number) => number) {
  const counts = { steps: 0, begun: 0, ended: 0 };
  const contestant: Contestant = {
    async begin() {
      counts.begun++;
      return async () => {
        vi.advanceTimersByTime(time(counts.steps++));
      };
    },
    end() {
      counts.ended++;
    },
  };
  return { contestant, counts };
}

const steady = (milliseconds: number) => runner(() => milliseconds);

describe('two steady devices', () => {
  test.each([
    [5, 8, 'cpu'],
    [8, 5, 'other'],
    [5, 20, 'cpu'],
    [5, 6, 'cpu'],
    [6, 5, 'other'],
  ] as const)('of %d and %d ms: the faster is %s, after one turn of each', async (a, b, faster) => {
    const [cpu, other] = [steady(a), steady(b)];
    expect(await race(cpu.contestant, other.contestant)).toEqual({ faster, cpu: a, other: b });
    for (const { counts } of [cpu, other]) expect(counts).toEqual({ steps: 5, begun: 1, ended: 1 });
  });

  test('of the same speed: the CPU, after three turns of each', async () => {
    const [cpu, other] = [steady(5), steady(5)];
    expect((await race(cpu.contestant, other.contestant)).faster).toBe('cpu');
    expect(other.counts).toEqual({ steps: 2 + 3 + 2 * (1 + 3), begun: 3, ended: 3 });
  });
});

test('what comes before the third step of a device, as the compilation of kernels, is not counted', async () => {
  const other = runner((step) => [4900, 900][step] ?? 4);
  const found = await race(steady(5).contestant, other.contestant);
  expect(found).toEqual({ faster: 'other', cpu: 5, other: 4 });
});

test('steps of seconds are counted once', async () => {
  const [cpu, other] = [steady(4000), steady(1500)];
  expect(await race(cpu.contestant, other.contestant)).toEqual({
    ...{ faster: 'other', cpu: 4000, other: 1500 },
  });
  expect([cpu.counts.steps, other.counts.steps]).toEqual([2, 3]);
});

test('with noise of a fifth and hiccups, one of two devices that differ by half is found', async () => {
  const noise = fc.double({ min: 0.8, max: 1.2, noNaN: true });
  const property = fc.asyncProperty(
    fc.boolean(),
    fc.double({ min: 1.51, max: 3, noNaN: true }),
    fc.array(noise, { minLength: 13, maxLength: 13 }),
    fc.array(noise, { minLength: 13, maxLength: 13 }),
    fc.nat(12),
    fc.nat(12),
    async (cpuIsFaster, factor, cpuNoise, otherNoise, first, second) => {
      const jittered = (base: number, noises: number[], hiccup: number) =>
        runner((step) => Math.round(1000 * base * noises[step] * (step === hiccup ? 4 : 1)) / 1000);
      const slow = 10 * factor;
      const cpu = jittered(cpuIsFaster ? 10 : slow, cpuNoise, first);
      const other = jittered(cpuIsFaster ? slow : 10, otherNoise, second);
      const { faster } = await race(cpu.contestant, other.contestant);
      expect(faster).toBe(cpuIsFaster ? 'cpu' : 'other');
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

describe('the CPU is taken', () => {
  test('when the other fails, with what it said', async () => {
    const failing: Contestant = {
      begin: async () => () => Promise.reject(new Error('matmul: the device is gone')),
      end: vi.fn(),
    };
    expect(await race(steady(5).contestant, failing)).toEqual({
      ...{ faster: 'cpu', cpu: 5, other: undefined, flaw: 'matmul: the device is gone' },
    });
    expect(failing.end).toHaveBeenCalledOnce();
  });

  test('when a step of the other does not come back', async () => {
    let steps = 0;
    const hanging: Contestant = {
      begin: async () => () => (++steps < 3 ? Promise.resolve() : new Promise<never>(() => {})),
      end: vi.fn(),
    };
    const found = await race(steady(1).contestant, hanging);
    expect(found).toMatchObject({ faster: 'cpu', flaw: 'it was broken off after 105 ms' });
    expect(hanging.end).toHaveBeenCalledOnce();
  });

  test('when a step of the other took too long, though it came back', async () => {
    const other = runner((step) => (step < 2 ? 1 : 200));
    const found = await race(steady(1).contestant, other.contestant);
    expect(found).toMatchObject({ other: undefined, flaw: 'it was broken off after 105 ms' });
    expect(other.counts.steps).toBe(3);
  });

  test.each([
    ['first', 5025, () => 6000],
    ['second', 1025, (step: number) => [4000, 2000][step]],
  ])('when the %s step of the other takes more than compiling should', async (_, limit, time) => {
    const other = runner(time);
    const found = await race(steady(5).contestant, other.contestant);
    expect(found.flaw).toBe(`it was broken off after ${limit.toLocaleString('en-US')} ms`);
  });

  test('when it is aborted', async () => {
    const abort = new AbortController();
    const cpu = runner((step) => {
      if (step === 2) abort.abort();
      return 5;
    });
    const other = steady(1);
    const found = await race(cpu.contestant, other.contestant, abort.signal);
    expect(found).toEqual({ faster: 'cpu', cpu: 5, other: undefined });
    expect([cpu.counts.steps, other.counts.steps]).toEqual([3, 0]);
  });
});

test('an error of the CPU is thrown', async () => {
  const failing: Contestant = {
    begin: () => Promise.reject(new Error('the model is wrong')),
    end: vi.fn(),
  };
  await expect(race(failing, steady(1).contestant)).rejects.toThrow('the model is wrong');
  expect(failing.end).toHaveBeenCalledOnce();
});
