import { type Backend, OptionError, reference } from '@unroll/backend';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { assign } from '../core/assign.ts';
import { parameter, tensor } from '../core/create.ts';
import { currentBackend, useBackend } from '../core/engine.ts';
import { add, mul } from '../operations/arithmetic.ts';
import { explainDevice } from '../profile/explain-device.ts';
import { manualSeed, randomState, randomStream } from '../random/random.ts';
import { pace } from '../testing/pace.ts';
import { type AnswerStore, type AutoOptions, auto } from './auto.ts';
import { chooseBackend, resumeBackend } from './choose.ts';
import { describeChoice } from './device-choice.ts';
import { readingPlace } from './reading.ts';
import type { Trial } from './trial.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  manualSeed(1);
});

afterEach(() => {
  useBackend(undefined);
  vi.useRealTimers();
});

/** A backend each of whose kernels takes so many milliseconds. */
function backend(name: string, milliseconds: number): Backend {
  return pace({ ...reference(), name }, () => vi.advanceTimersByTime(milliseconds));
}

/** Chooses between a CPU and another of given speeds, for one addition a step. */
function setting(cpuTime: number, otherTime: number, options: AutoOptions = {}) {
  const [cpu, other] = [backend('cpu', cpuTime), backend('other', otherTime)];
  const choice = auto(Promise.resolve(other), { cpu, ...options });
  useBackend(choice);
  const w = parameter(tensor([1, 2]));
  let steps = 0;
  const trial: Trial = {
    run: 'fit',
    program: 'an addition',
    tensors: [w],
    begin: async (place) => async () => {
      steps++;
      place.within(() => assign(w, add(w.detach(), randomStream('noise').normal([2]))));
    },
  };
  return { cpu, other, choice, w, trial, steps: () => steps };
}

describe('the faster backend is taken', () => {
  test.each([
    [1, 4, undefined],
    [4, 1, 'other'],
  ])('of %d and %d ms a kernel', async (cpuTime, otherTime, expected) => {
    const { trial } = setting(cpuTime, otherTime);
    expect((await chooseBackend(trial))?.name).toBe(expected);
  });

  test('and the device tells both medians', async () => {
    const tell = vi.fn();
    const { trial } = setting(4, 1, { tell });
    expect(explainDevice().facts.auto.value).toBe('open');
    await chooseBackend(trial);
    const why = 'a step takes 8 ms on cpu and 2 ms on other (medians)';
    expect(explainDevice().facts['auto fit']).toEqual({ value: 'other', why });
    const [told] = tell.mock.lastCall as Parameters<NonNullable<AutoOptions['tell']>>;
    expect(told).toMatchObject({ chosen: 'other', cpu: 8, other: 2, cached: false });
    expect(describeChoice(told)).toBe(`fit computes on other: ${why}`);
  });
});

describe('the trial leaves no trace', () => {
  test('in tensors, their versions and random numbers', async () => {
    const { trial, w } = setting(1, 1);
    const before = randomState();
    await chooseBackend(trial);
    expect([...w.dataSync()]).toEqual([1, 2]);
    expect([w.storage.version, w.storage.backend.name]).toEqual([0, 'cpu']);
    expect(randomState()).toEqual(before);
    expect(currentBackend().name).toBe('cpu');
  });

  test('not even of a step that goes on when it was broken off', async () => {
    const { trial, w } = setting(1, 1);
    let goOn: () => void = () => undefined;
    let late: Promise<unknown> | undefined;
    const hanging: Trial = {
      ...trial,
      begin: async (place) => {
        let steps = 0;
        return () => {
          const step = place.within(() => {
            mul(w, 1);
            return currentBackend().name === 'other' && ++steps > 2;
          });
          if (!step) return Promise.resolve();
          const gate = new Promise<void>((resolve) => {
            goOn = resolve;
          });
          late = gate.then(() => place.within(() => assign(w, tensor([0, 0]))));
          return late;
        };
      },
    };
    expect(await chooseBackend(hanging)).toBeUndefined();
    expect(explainDevice().facts['auto fit'].why).toContain('it was broken off');
    goOn();
    await expect(late).rejects.toThrow('the measurement is over');
    expect([...w.dataSync()]).toEqual([1, 2]);
  });
});

describe('an answer is remembered', () => {
  test('for the same program, shapes and machine', async () => {
    const { trial, steps, choice } = setting(4, 1);
    await chooseBackend(trial);
    const measured = steps();
    expect((await chooseBackend(trial))?.name).toBe('other');
    expect(steps()).toBe(measured);
    expect(choice.choices).toMatchObject([{ run: 'fit', cached: true }]);
    expect(explainDevice().facts['auto fit'].why).toContain(', found before');
    await chooseBackend({ ...trial, program: 'another addition' });
    await chooseBackend({ ...trial, tensors: [...trial.tensors, tensor([1])] });
    expect(steps()).toBe(3 * measured);
  });

  test('for the next process where there is a store', async () => {
    const kept = new Map<string, string>();
    const store: AnswerStore = {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
    };
    const first = setting(4, 1, { store });
    await chooseBackend(first.trial);
    const second = setting(4, 1, { store });
    expect((await chooseBackend(second.trial))?.name).toBe('other');
    expect(second.steps()).toBe(0);
    for (const key of kept.keys()) kept.set(key, '{"chosen":');
    const third = setting(4, 1, { store });
    expect((await chooseBackend(third.trial))?.name).toBe('other');
    expect(third.steps()).toBe(first.steps());
  });

  test('for nobody where the store refuses', async () => {
    const refuse = () => {
      throw new Error('forbidden');
    };
    const { trial } = setting(4, 1, { store: { getItem: refuse, setItem: refuse } });
    expect((await chooseBackend(trial))?.name).toBe('other');
  });

  test('and the same question at the same time is asked once', async () => {
    const { trial, steps } = setting(4, 1);
    const both = await Promise.all([chooseBackend(trial), chooseBackend(trial)]);
    expect(both.map((each) => each?.name)).toEqual(['other', 'other']);
    expect(steps()).toBe(10);
  });
});

describe('the CPU is taken, with the reason', () => {
  test('where there is no other', async () => {
    useBackend(auto(Promise.reject(new Error('no GPU can be used here'))));
    const { trial } = settingOf();
    expect(await chooseBackend(trial)).toBeUndefined();
    expect(explainDevice().facts['auto fit']).toEqual({
      value: 'wasm',
      why: 'there is no other: no GPU can be used here',
    });
  });

  test('where the other fails', async () => {
    const { trial, other } = setting(4, 1);
    other.kernels.pointwise = () => {
      throw new Error('out of memory');
    };
    Object.assign(other, { fused: {} });
    expect(await chooseBackend(trial)).toBeUndefined();
    expect(explainDevice().facts['auto fit'].why).toContain('on other out of memory');
  });

  test('where the run itself is wrong, which it says by itself', async () => {
    const { trial } = setting(4, 1);
    const begin = () => Promise.reject(new Error('shapes do not fit'));
    expect(await chooseBackend({ ...trial, begin })).toBeUndefined();
    expect(explainDevice().facts['auto fit'].why).toBe('shapes do not fit');
  });

  test('where it was aborted, which is no answer for later', async () => {
    const { trial, steps } = setting(4, 1);
    expect(await chooseBackend({ ...trial, signal: AbortSignal.abort() })).toBeUndefined();
    expect(steps()).toBe(0);
    expect((await chooseBackend(trial))?.name).toBe('other');
  });
});

function settingOf() {
  const w = tensor([1]);
  const trial: Trial = { run: 'fit', program: '', tensors: [w], begin: async () => async () => w };
  return { trial };
}

describe('nothing is measured', () => {
  test('without auto', async () => {
    const { trial, steps } = setting(4, 1);
    useBackend(undefined);
    expect(await chooseBackend(trial)).toBeUndefined();
    expect(steps()).toBe(0);
  });

  test('for tensors that lie elsewhere', async () => {
    const { trial, steps } = setting(4, 1);
    const x = tensor([1], { dtype: 'float64' });
    expect(await chooseBackend({ ...trial, tensors: [x] })).toBeUndefined();
    expect(steps()).toBe(0);
  });

  test('for a run that was begun on one of the two', async () => {
    const { other } = setting(1, 4);
    expect(await resumeBackend('fit', 'other')).toEqual({ backend: other });
    expect(await resumeBackend('fit', 'cpu')).toEqual({ backend: undefined });
    expect(await resumeBackend('fit', 'a third')).toBeUndefined();
    expect(await resumeBackend('fit', undefined)).toBeUndefined();
    expect(explainDevice().facts['auto fit'].why).toBe('the run was begun there');
  });
});

test('a model that is used stays on the CPU, and copies of its weights follow it', async () => {
  const { trial, w } = setting(4, 1);
  const model = { stateDict: () => ({ w: w.detach() }) };
  const place = await readingPlace(model, trial);
  const read = () => place.within(() => [currentBackend().name, ...w.dataSync()]);
  expect(read()).toEqual(['other', 1, 2]);
  expect(w.storage.backend.name).toBe('cpu');
  assign(w, tensor([3, 4]));
  expect(read()).toEqual(['other', 3, 4]);
});

test('auto can be put back like any backend', () => {
  const { choice } = setting(1, 1);
  expect(useBackend(undefined)).toBe(choice);
  expect(useBackend(choice)).toBeUndefined();
  expect(currentBackend().name).toBe('cpu');
});

test('what is no backend is refused', () => {
  expect(() => auto((() => reference()) as never)).toThrow(OptionError);
  expect(() => auto(reference(), { gpu: true } as never)).toThrow(OptionError);
});
