import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { encodeModule } from '../assembly/module.ts';
import type { Job } from '../job/job.ts';
import { makeMachine } from '../machine/make-machine.ts';
import { lstm } from '../testing/cells.ts';
import { runProgram } from '../testing/run-program.ts';
import { backendOn, wasm } from '../wasm.ts';
import { nodeThreads } from './spawn.ts';

const program = lstm(8, 16);
const lengths = [9, 8, 8, 3, 1];
const expected = runProgram(wasm({ threads: 1, simd: 'relaxed' }), program, { lengths });

/** The workers that were started since the test began. */
function watchWorkers(): Worker[] {
  const started: Worker[] = [];
  const builtin = nodeThreads() as { Worker: typeof Worker };
  const original = builtin.Worker;
  class Watched extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      started.push(this);
    }
  }
  builtin.Worker = Watched;
  onTestFinished(() => {
    builtin.Worker = original;
  });
  return started;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A job with nothing in it, and one that is none. */
const parts = { before: [], loop: [], after: [], states: [], sums: [], scratch: [] };
const nothing: Job = { ...parts, reverse: false, batchSizes: [], chunks: [0, 0, 0, 0] };
const work = {
  job: {} as Job,
  phases: ['loop' as const],
  count: 3,
  again: true,
  code: encodeModule([], { shared: true }),
};

const options = { simd: 'relaxed', threads: 3, shareFrom: 0, patience: 200 } as const;

test('the error of a step names the worker that threw and says what', async () => {
  const machine = makeMachine(options);
  await machine.team.ready();
  expect(() => machine.team.share(work, () => {})).toThrow(/worker 1 of 2 failed: TypeError: /);
  expect(runProgram(backendOn(machine), program, { lengths })).toEqual(expected);
});

test('when the own share throws the others stop, and its error is the one of the step', async () => {
  const machine = makeMachine(options);
  await machine.team.ready();
  const share = () =>
    machine.team.share(work, () => {
      throw new RangeError('mine');
    });
  expect(share).toThrow('mine');
  expect(runProgram(backendOn(machine), program, { lengths })).toEqual(expected);
});

test('a worker that dies within a step fails that step, and the next one has new workers', async () => {
  const started = watchWorkers();
  const machine = makeMachine({ ...options, patience: 1500 });
  const backend = backendOn(machine);
  await machine.team.ready();
  // Long enough that it is still counting when it is ended.
  const job = { ...nothing, batchSizes: new Array(3e6).fill(3), chunks: [0, 1, 2, 3] };
  const share = () =>
    machine.team.share({ ...work, job }, () => {
      void started[1].terminate();
    });
  expect(share).toThrow('worker 2 of 2 did not answer in time');
  expect(runProgram(backend, program, { lengths })).toEqual(expected);
  expect(await machine.team.ready()).toBe(true);
  expect(started).toHaveLength(4);
  expect(runProgram(backend, program, { lengths })).toEqual(expected);
});

test('a worker that does not answer is named', async () => {
  const started = watchWorkers();
  const machine = makeMachine(options);
  await machine.team.ready();
  void started[1].terminate();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  expect(() => machine.team.share({ ...work, job: nothing }, () => {})).toThrow(
    'worker 2 of 2 did not answer in time',
  );
});

test('workers that died between two steps are replaced without an error', async () => {
  const started = watchWorkers();
  const machine = makeMachine(options);
  await machine.team.ready();
  await started[0].terminate();
  expect(runProgram(backendOn(machine), program, { lengths })).toEqual(expected);
  expect(await machine.team.ready()).toBe(true);
  expect(started).toHaveLength(4);
});

test('small work starts no worker, large work does', () => {
  const started = watchWorkers();
  const backend = wasm({ threads: 2 });
  runProgram(backend, program, { lengths });
  expect(started).toHaveLength(0);
  runProgram(backend, lstm(64, 128), { lengths: Array.from({ length: 8 }, () => 20) });
  expect(started).toHaveLength(1);
});

test('where the worker cannot be loaded one thread computes and says so once', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const workerUrl = new URL('./nowhere.ts', import.meta.url);
  const machine = makeMachine({ ...options, workerUrl });
  expect(await machine.team.ready()).toBe(false);
  const backend = backendOn(machine);
  expect(runProgram(backend, program, { lengths })).toEqual(expected);
  expect(runProgram(backend, program, { lengths })).toEqual(expected);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0][0]).toContain('workerUrl');
});

test('without shared memory there is one thread', async () => {
  vi.stubGlobal('SharedArrayBuffer', undefined);
  const backend = wasm({ threads: 4, simd: 'relaxed' });
  expect(backend.threads).toBe(1);
  expect(await backend.ready()).toBe(false);
  expect(runProgram(backend, program, { lengths })).toEqual(expected);
});

test('where a thread may not wait there is one', () => {
  vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    throw new TypeError('Atomics.wait cannot be called in this context');
  });
  expect(wasm({ threads: 4 }).threads).toBe(1);
});

test('a number of threads that is none is refused', () => {
  expect(() => wasm({ threads: 0 })).toThrow('threads must be a whole number from 1; got 0');
});

test('idle workers keep no process alive', () => {
  const index = new URL('../index.ts', import.meta.url);
  const script = `import { wasm } from '${index}'; console.log(await wasm({ threads: 3 }).ready());`;
  const args = ['--conditions=@unroll/source', '--input-type=module', '--eval', script];
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const output = execFileSync(process.execPath, args, { cwd, encoding: 'utf8', timeout: 20_000 });
  expect(output).toBe('true\n');
});
