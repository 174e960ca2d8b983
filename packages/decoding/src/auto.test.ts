import { type Backend, reference } from '@unroll/backend';
import {
  argmax,
  auto,
  cast,
  currentBackend,
  explainDevice,
  indexSelect,
  oneHot,
  parameter,
  reshape,
  type Tensor,
  tensor,
  useBackend,
} from '@unroll/tensor';
import { pace } from '@unroll/tensor/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { beamSearch } from './beam-search.ts';
import { generate } from './generate.ts';
import { rollout } from './rollout.ts';
import { sampler } from './sampler.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});

afterEach(() => {
  useBackend(undefined);
  vi.useRealTimers();
});

/** The reference under a name, each of whose kernels takes so many milliseconds. */
const paced = (name: string, milliseconds: number): Backend =>
  pace({ ...reference(), name }, () => vi.advanceTimersByTime(milliseconds));

/** Says after each id the next one; it notes where, and how many rows and steps it was given. */
function counter() {
  const weight = parameter(oneHot(tensor([1, 2, 3, 4, 0], { dtype: 'int32' }), 5));
  const calls: [where: string, rows: number, steps: number][] = [];
  const model = {
    stateDict: () => ({ weight }),
    forward(ids: Tensor, state = { last: tensor(new Float32Array(ids.shape[0])) }) {
      calls.push([currentBackend().name, ids.shape[0], ids.shape[1]]);
      return {
        output: reshape(indexSelect(weight, reshape(ids, [ids.size]), { axis: 0 }), [
          ...ids.shape,
          5,
        ]),
        state,
      };
    },
  };
  return { model, calls };
}

const runs: Record<string, (model: ReturnType<typeof counter>['model']) => Promise<number[]>> = {
  async generate(model) {
    const out: number[] = [];
    const options = { prompt: [3, 1], length: 3, sampler: sampler({ temperature: 0 }) };
    for await (const id of generate(model, options)) out.push(id);
    return out;
  },
  async rollout(model) {
    const values: number[] = [];
    const look = {
      ...model,
      forward: (x: Tensor) => model.forward(cast(reshape(x, [1, x.shape[1]]), 'int32')),
    };
    const next = (last: Tensor) => reshape(cast(argmax(last, { axis: 1 }), 'float32'), [1, 1]);
    const prompt = tensor([[[3], [1]]]);
    for await (const value of rollout(look, { prompt, length: 3, next })) {
      values.push((await value.data())[0]);
    }
    return values;
  },
  async beamSearch(model) {
    const [[best]] = await beamSearch(model, { prompts: [[3, 1]], length: 3, width: 2 });
    return [...best.ids];
  },
};

test.each(Object.entries(runs))('%s reads under auto where it is faster', async (name, run) => {
  for (const [milliseconds, faster] of [
    [50, 'here'],
    [1, 'elsewhere'],
  ] as const) {
    useBackend(auto(paced('elsewhere', milliseconds), { cpu: paced('here', 10) }));
    const { model, calls } = counter();
    expect(await run(model)).toEqual([2, 3, 4]);
    expect(explainDevice().facts[`auto ${name}`].value).toBe(faster);
    expect(calls.slice(-3).map(([where]) => where)).toEqual([faster, faster, faster]);
    // What is timed is a step as the run's later ones are.
    const [timed] = calls.filter(([, , steps]) => steps === 1);
    expect(timed[1]).toBe(calls[calls.length - 1][1]);
  }
});
