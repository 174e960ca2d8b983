import type { GpuJs, Handle, RunKernel } from '../device/gpu-js.ts';
import { LARGE, type Link } from '../device/link.ts';
import { type GpuDevice, MOST_WORKGROUPS, type Workgroups } from './api.ts';
import { Batch } from './batch.ts';
import { type Lent, Pool } from './pool.ts';
import { type Program, Programs, translated, uses } from './programs.ts';

/** Threads of a workgroup of a kernel that gpu.js has translated. */
const THREADS = 64;

/**
 * gpu.js's kernels on gpu.js's device, but run together: what gpu.js would submit one by one, each with buffers of its
 * own, goes in batches and takes its buffers from a pool. The texts, and their translation, are the same.
 */
export class WebGpu implements GpuJs {
  readonly #gpu: GpuJs;
  readonly #device: GpuDevice;
  readonly #watch: Link['watch'];
  readonly #programs: Programs;
  readonly #batch: Batch;
  readonly #values: Pool;
  readonly #reads: Pool;

  /** @param watch has memory taken, and hears whether there was any */
  constructor(gpu: GpuJs, device: GpuDevice, watch: Link['watch']) {
    this.#gpu = gpu;
    this.#device = device;
    this.#watch = watch;
    this.#programs = new Programs(device);
    this.#batch = new Batch(device, this.#programs);
    this.#values = new Pool(device, uses.values);
    this.#reads = new Pool(device, uses.reads);
  }

  addFunction(source: string, settings: Readonly<Record<string, unknown>>): void {
    this.#gpu.addFunction(source, settings);
  }

  createKernel(source: string, settings: Readonly<Record<string, unknown>>): RunKernel {
    return this.#kernel((inputs, numbers) =>
      translated(this.#gpu, source, settings, inputs, numbers),
    );
  }

  /** A kernel in WGSL, with the parameters and buffers that gpu.js would give it. */
  createWgsl(code: string): RunKernel {
    return this.#kernel(() => Promise.resolve(code));
  }

  /** Values of the host, brought without a kernel. */
  async upload(values: Float32Array): Promise<Handle> {
    const lent = await this.#take(this.#values, values.byteLength);
    // What is written now comes before all that waits to be sent.
    if (lent.batch === this.#batch.number) this.#batch.send();
    this.#device.queue.writeBuffer(lent.buffer, 0, values);
    return this.#handle(lent, values.length);
  }

  async destroy(): Promise<void> {
    this.#batch.send();
    this.#values.clear();
    this.#reads.clear();
    await this.#gpu.destroy();
  }

  #kernel(text: (inputs: number, numbers: number) => Promise<string>): RunKernel {
    let program: Program | undefined;
    let length = 0;
    let workgroups: Workgroups | undefined;
    const run = (args: readonly unknown[]): Promise<Handle> => {
      const inputs = args.filter((arg) => arg instanceof WebGpuHandle);
      const numbers = args.slice(inputs.length) as number[];
      return this.#run(program as Program, inputs, numbers, length, workgroups);
    };
    const compile = async (args: readonly unknown[]): Promise<Handle> => {
      const inputs = args.filter((arg) => arg instanceof WebGpuHandle).length;
      program = await this.#programs.compile(await text(inputs, args.length - inputs), inputs);
      return run(args);
    };
    return Object.assign((...args: readonly unknown[]) => (program ? run(args) : compile(args)), {
      setOutput: ([size]: readonly [number]) => {
        length = size;
      },
      setWorkgroups: (counts: Workgroups) => {
        workgroups = counts;
      },
    });
  }

  async #run(
    program: Program,
    inputs: readonly WebGpuHandle[],
    numbers: readonly number[],
    length: number,
    workgroups: Workgroups | undefined,
  ): Promise<Handle> {
    const output = await this.#take(this.#values, 4 * length);
    const [counts, width] = workgroups ? [workgroups, 0] : lineOf(length);
    this.#batch.add(
      program,
      inputs.map(({ lent }) => lent),
      numbers,
      output,
      length,
      counts,
      width,
    );
    return this.#handle(output, length);
  }

  /** A buffer, which must be there before a batch depends on it. */
  #take(pool: Pool, bytes: number): Lent | Promise<Lent> {
    return bytes < LARGE ? pool.take(bytes) : pool.takeLarge(bytes, this.#watch);
  }

  #handle(lent: Lent, length: number): Handle {
    return new WebGpuHandle(
      lent,
      () => this.#read(lent, length),
      () => this.#values.give(lent),
    );
  }

  async #read({ buffer }: Lent, length: number): Promise<Float32Array> {
    const bytes = 4 * length;
    const staging = await this.#take(this.#reads, bytes);
    this.#batch.copy(buffer, staging.buffer, bytes);
    this.#values.trim();
    this.#reads.trim();
    await staging.buffer.mapAsync(1, 0, bytes);
    const values = new Float32Array(staging.buffer.getMappedRange(0, bytes).slice(0));
    staging.buffer.unmap();
    this.#reads.give(staging);
    return values;
  }
}

/** A result that stays on the device, in a buffer that is lent until it is deleted. */
class WebGpuHandle implements Handle {
  readonly lent: Lent;
  readonly toArray: () => Promise<Float32Array>;
  readonly #giveBack: () => void;
  #deleted = false;

  constructor(lent: Lent, toArray: () => Promise<Float32Array>, giveBack: () => void) {
    this.lent = lent;
    this.toArray = toArray;
    this.#giveBack = giveBack;
  }

  delete(): void {
    if (!this.#deleted) this.#giveBack();
    this.#deleted = true;
  }
}

/** Workgroups for so many elements in a row, folded where one axis does not take them all, and the threads of one line. */
function lineOf(length: number): [counts: Workgroups, width: number] {
  const groups = Math.ceil(length / THREADS);
  const lines = Math.ceil(groups / MOST_WORKGROUPS);
  const across = Math.ceil(groups / lines);
  return [[across, lines, 1], across * THREADS];
}
