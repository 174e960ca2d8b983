import type { GpuBuffer, GpuCommandEncoder, GpuComputePass, GpuDevice, Workgroups } from './api.ts';
import type { Lent } from './pool.ts';
import { firstNumber, type Program, type Programs, uses } from './programs.ts';

/** Bytes of parameters that a batch has room for, and the steps in which WebGPU lets them begin. */
const ROOM = 2 ** 16;
const STEP = 256;
/** Kernels after which a batch is sent, so that the device has something to do. */
const MOST_KERNELS = 64;
const MOST_GROUPS = 4096;

/**
 * Kernels that are sent to the device together: one pass of one list of commands, one upload of all their parameters. A
 * submission costs as much as several kernels, and a training step has hundreds.
 */
export class Batch {
  /** How many were sent before it. */
  number = 0;
  readonly #device: GpuDevice;
  readonly #programs: Programs;
  readonly #parameters: GpuBuffer;
  readonly #mirror = new ArrayBuffer(ROOM);
  readonly #whole = new Uint32Array(this.#mirror);
  readonly #real = new Float32Array(this.#mirror);
  readonly #groups = new Map<string, object>();
  #used = 0;
  #kernels = 0;
  #encoder: GpuCommandEncoder | undefined;
  #pass: GpuComputePass | undefined;

  constructor(device: GpuDevice, programs: Programs) {
    this.#device = device;
    this.#programs = programs;
    this.#parameters = device.createBuffer({ size: ROOM, usage: uses.parameters });
  }

  /** Adds a kernel with its inputs, its numbers, and the elements and workgroups of its result. */
  add(
    program: Program,
    inputs: readonly Lent[],
    numbers: readonly number[],
    output: Lent,
    length: number,
    [x, y, z]: Workgroups,
    width: number,
  ): void {
    const size = Math.ceil((4 * (firstNumber(inputs.length) + numbers.length)) / STEP) * STEP;
    if (this.#used + size > ROOM) this.send();
    const at = this.#used;
    this.#used += size;
    this.#whole.set([length, 1, 1, width], at / 4);
    this.#real.set(numbers, at / 4 + firstNumber(inputs.length));
    this.#encoder ??= this.#device.createCommandEncoder();
    this.#pass ??= this.#encoder.beginComputePass();
    this.#pass.setPipeline(program.pipeline);
    this.#pass.setBindGroup(0, this.#group(inputs, output, size), [at]);
    this.#pass.dispatchWorkgroups(x, y, z);
    for (const lent of inputs) lent.batch = this.number;
    output.batch = this.number;
    if (++this.#kernels >= MOST_KERNELS) this.send();
  }

  /** Copies values where the host can read them, and sends everything. */
  copy(from: GpuBuffer, to: GpuBuffer, bytes: number): void {
    this.#pass?.end();
    this.#pass = undefined;
    this.#encoder ??= this.#device.createCommandEncoder();
    this.#encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
    this.send();
  }

  /** Sends what was added since the last time. */
  send(): void {
    if (this.#encoder === undefined) return;
    const { queue } = this.#device;
    this.#pass?.end();
    queue.writeBuffer(this.#parameters, 0, this.#mirror, 0, this.#used);
    queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
    this.#pass = undefined;
    this.#used = 0;
    this.#kernels = 0;
    this.number++;
    // Groups of buffers that are gone are dropped with the others.
    if (this.#groups.size > MOST_GROUPS) this.#groups.clear();
  }

  /** The buffers of a kernel as WebGPU takes them; made once for the same ones. */
  #group(inputs: readonly Lent[], output: Lent, size: number): object {
    let key = `${size} ${output.id}`;
    for (const { id } of inputs) key += ` ${id}`;
    const group = this.#groups.get(key) ?? this.#makeGroup(inputs, output, size);
    this.#groups.set(key, group);
    return group;
  }

  #makeGroup(inputs: readonly Lent[], output: Lent, size: number): object {
    const buffers = [...inputs, output].map(({ buffer }) => ({ buffer }));
    const resources = [{ buffer: this.#parameters, offset: 0, size }, ...buffers];
    return this.#device.createBindGroup({
      layout: this.#programs.layout(inputs.length),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
  }
}
