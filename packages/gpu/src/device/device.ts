import {
  type Operand,
  sizeOf,
  type TypedArray,
  UnrollError,
  UnsupportedError,
} from '@unroll/backend';
import { functions } from '../source/functions.ts';
import type { Workgroups } from '../webgpu/api.ts';
import { Content } from './content.ts';
import { Failures } from './failures.ts';
import type { Handle, Mode, RunKernel } from './gpu-js.ts';
import { contentOf } from './gpu-memory.ts';
import type { Link } from './link.ts';
import { MemoryCount } from './memory-count.ts';

/** One run of a kernel: what it reads, and the numbers that change from run to run. */
export interface Call {
  /** For error messages. */
  readonly operation: string;
  /** A function of the inputs, then of the numbers; `this.thread.x` is the element. */
  readonly source: string;
  readonly inputs: readonly Content[];
  readonly numbers: readonly number[];
  /** Elements of the result. */
  readonly length: number;
  /** What WebGPU runs instead, with the same inputs and numbers. */
  readonly wgsl?: Wgsl | undefined;
}

/** A kernel that gpu.js's language cannot express well. */
export interface Wgsl {
  readonly code: string;
  readonly workgroups: Workgroups;
}

const upload = 'function(x) { return x[this.thread.x]; }';

/**
 * Runs kernels one after the other, in the order in which they were submitted. Submitting returns at once; what goes wrong
 * is found by who reads the result, or a result computed from it.
 */
export class Device {
  readonly mode: Mode;
  /** Kernels that were run so far. */
  dispatches = 0;
  /** Kernels that were compiled for that. */
  get compiled(): number {
    return this.#kernels.size;
  }

  /** What lies on it. */
  readonly memory = new MemoryCount();
  readonly #link: Link;
  readonly #failures: Failures;
  readonly #kernels = new Map<string, RunKernel>();
  #last: Promise<void> = Promise.resolve();
  #owned: Set<Content> | undefined;

  constructor(link: Link) {
    this.mode = link.mode;
    this.#link = link;
    this.#failures = new Failures(link, this.memory);
    for (const { source, args } of functions) {
      const argumentTypes = Array.from({ length: args }, () => 'Number');
      this.#link.gpu.addFunction(source, { argumentTypes, returnType: 'Number' });
    }
  }

  submit({ operation, source, inputs, numbers, length, wgsl }: Call): Content {
    this.#checkSize(operation, 'a result', length);
    for (const input of inputs) this.#checkSize(operation, 'an operand', input.length);
    const content = new Content(length, length === 0 ? new Float32Array(0) : undefined);
    for (const each of [...inputs, content]) this.#own(each);
    if (length > 0) {
      this.#enqueue(operation, [content], inputs, async () => {
        const handles: Handle[] = [];
        for (const input of inputs) handles.push(await this.#resident(operation, input));
        const args = [...handles, ...numbers];
        content.settle(await this.#run(operation, source, length, args, wgsl), this.memory);
      });
    }
    return content;
  }

  /**
   * Contents of given lengths that the host computes from values: at once where it knows them, else when the device has
   * told them.
   */
  compute(
    operation: string,
    inputs: readonly Operand[],
    lengths: readonly number[],
    fn: (...values: TypedArray[]) => readonly TypedArray[],
  ): Content[] {
    const known = inputs.map(valuesOnHost);
    if (known.every((values) => values !== undefined)) {
      return fn(...known).map((values) => new Content(values.length, values));
    }
    const contents = lengths.map((length) => new Content(length));
    const from = inputs.map((x) => ({ ...x, content: contentOf(x) }));
    const read = from.map(({ content }) => content);
    this.#enqueue(operation, contents, read, async () => {
      const values: TypedArray[] = [];
      for (const x of from) {
        const all = await this.#values(x.content);
        values.push(Int32Array.from(all.subarray(x.offset, x.offset + sizeOf(x.shape))));
      }
      fn(...values).forEach((result, i) => {
        contents[i].host = result;
      });
    });
    return contents;
  }

  /** Holds for a set what is made or read by a function; what it holds elsewhere is left out. */
  collect<T>(owned: Set<Content>, fn: () => T): T {
    const before = this.#owned;
    this.#owned = owned;
    try {
      return fn();
    } finally {
      this.#owned = before;
    }
  }

  #own(content: Content): void {
    if (this.#owned === undefined || this.#owned.has(content)) return;
    this.#owned.add(content);
    content.hold();
  }

  /** All values of a content, not to be written to. */
  read(content: Content): Promise<TypedArray> {
    content.await();
    return new Promise((resolve, reject) => {
      this.#last = this.#last
        .then(() => this.#values(content).then(resolve, reject))
        .finally(() => content.done());
    });
  }

  async destroy(): Promise<void> {
    await this.#last;
    await this.#link.gpu.destroy();
  }

  #enqueue(
    operation: string,
    results: readonly Content[],
    inputs: readonly Content[],
    work: () => Promise<void>,
  ): void {
    const needed = [...results, ...inputs];
    for (const content of needed) content.await();
    this.#last = this.#last
      .then(work)
      .catch((error: unknown) => {
        const named = error instanceof UnrollError ? error : failed(operation, error);
        for (const content of results) content.error = named;
      })
      .finally(() => {
        for (const content of needed) content.done();
      });
  }

  #checkSize(operation: string, what: string, length: number): void {
    const { elements, because } = this.#link.most;
    if (length <= elements) return;
    throw new UnsupportedError(
      operation,
      `${what} of ${length} elements is too large for this GPU: it takes ${elements}, ${because}. Use smaller batches, windows or layers, or compute on the CPU.`,
      { length, most: elements },
    );
  }

  async #values(content: Content): Promise<TypedArray> {
    if (content.error !== undefined) throw content.error;
    if (content.host !== undefined) return content.host;
    const { gpu } = this.#link;
    const handle = content.handle as Handle;
    const read = async () => gpu.read?.(handle, content.length) ?? handle.toArray();
    return Float32Array.from(await this.#failures.read(4 * content.length, read));
  }

  /** Where a content lies; what was uploaded is known to the host still, should the device be lost. */
  async #resident(operation: string, content: Content): Promise<Handle> {
    if (content.error !== undefined) throw content.error;
    if (content.handle === undefined) {
      const { host } = content;
      // Nothing can be bound that has no elements; nobody reads this one.
      const values = host === undefined || host.length === 0 ? [0] : host;
      content.settle(await this.#upload(operation, Float32Array.from(values)), this.memory);
    }
    return content.handle as Handle;
  }

  #upload(operation: string, values: Float32Array): Promise<Handle> {
    const { gpu } = this.#link;
    if (!gpu.upload) return this.#run(operation, upload, values.length, [values]);
    return this.#placed(operation, values.length, () => gpu.upload?.(values) as Handle);
  }

  #run(
    operation: string,
    source: string,
    length: number,
    args: readonly unknown[],
    wgsl?: Wgsl,
  ): Promise<Handle> {
    const written = this.#link.gpu.createWgsl ? wgsl : undefined;
    const text = written?.code ?? source;
    return this.#placed(operation, length, () => {
      const kernel = this.#kernels.get(text) ?? this.#make(text, length, written !== undefined);
      this.dispatches++;
      kernel.setOutput([length]);
      if (written) kernel.setWorkgroups?.(written.workgroups);
      return kernel(...args);
    });
  }

  /** What work puts on the device. */
  async #placed(
    operation: string,
    length: number,
    work: () => Handle | Promise<Handle>,
  ): Promise<Handle> {
    const result = await this.#failures.guard(operation, 4 * length, async () => work());
    return result instanceof Float32Array ? hostHandle(result) : result;
  }

  #make(text: string, length: number, isWgsl: boolean): RunKernel {
    const kernel = isWgsl ? this.#link.gpu.createWgsl?.(text) : this.#translate(text, length);
    this.#kernels.set(text, kernel as RunKernel);
    return kernel as RunKernel;
  }

  #translate(source: string, length: number): RunKernel {
    return this.#link.gpu.createKernel(source, {
      output: [length],
      pipeline: true,
      immutable: true,
      dynamicOutput: true,
      dynamicArguments: true,
      precision: 'single',
      tactic: 'precision',
      loopMaxIterations: this.#link.most.elements,
      fixIntegerDivisionAccuracy: false,
      // As of gpu.js 3 there is nothing else.
      asyncMode: true,
    });
  }
}

/** The values of an operand, where the host has them; a window, not a copy. */
export function valuesOnHost(x: Operand): TypedArray | undefined {
  return contentOf(x).host?.subarray(x.offset, x.offset + sizeOf(x.shape));
}

/** gpu.js's cpu mode gives arrays, and takes them. */
function hostHandle(values: Float32Array): Handle {
  return Object.assign(values, { toArray: () => values, delete: () => undefined });
}

function failed(operation: string, cause: unknown): UnrollError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new UnrollError(operation, `the GPU could not compute it: ${words}`, {}, cause);
}
