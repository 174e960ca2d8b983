import {
  type Operand,
  sizeOf,
  type TypedArray,
  UnrollError,
  UnsupportedError,
} from '@unroll/backend';
import { functions } from '../source/functions.ts';
import { Content } from './content.ts';
import { type GpuJs, type Handle, type Mode, makeGpuJs, type RunKernel } from './gpu-js.ts';
import { contentOf } from './gpu-memory.ts';
import { Pool } from './pool.ts';

/** Indices are float32 in kernels, so this many elements can be told apart. */
const MOST_ELEMENTS = 2 ** 24;

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
  /** What lies on it. */
  readonly pool = new Pool();
  readonly #gpu: GpuJs;
  readonly #kernels = new Map<string, RunKernel>();
  #last: Promise<void> = Promise.resolve();
  #owned: Set<Content> | undefined;

  constructor(mode: Mode) {
    this.mode = mode;
    this.#gpu = makeGpuJs(mode);
    for (const { source, args } of functions) {
      const argumentTypes = Array.from({ length: args }, () => 'Number');
      this.#gpu.addFunction(source, { argumentTypes, returnType: 'Number' });
    }
  }

  submit({ operation, source, inputs, numbers, length }: Call): Content {
    if (length > MOST_ELEMENTS) {
      throw new UnsupportedError(
        operation,
        `a result of ${length} elements is too large for the GPU, which takes ${MOST_ELEMENTS} at most`,
      );
    }
    const content = new Content(length, length === 0 ? new Float32Array(0) : undefined);
    for (const each of [...inputs, content]) this.#own(each);
    if (length > 0) {
      this.#enqueue(operation, [content], inputs, async () => {
        const handles: Handle[] = [];
        for (const input of inputs) handles.push(await this.#resident(input));
        content.settle(await this.#run(source, length, [...handles, ...numbers]), this.pool);
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
    await this.#gpu.destroy();
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

  async #values(content: Content): Promise<TypedArray> {
    if (content.error !== undefined) throw content.error;
    if (content.host !== undefined) return content.host;
    return Float32Array.from(await (content.handle as Handle).toArray());
  }

  async #resident(content: Content): Promise<Handle> {
    if (content.error !== undefined) throw content.error;
    if (content.handle === undefined) {
      const { host } = content;
      // Nothing can be bound that has no elements; nobody reads this one.
      const values = host === undefined || host.length === 0 ? [0] : host;
      content.settle(
        await this.#run(upload, values.length, [Float32Array.from(values)]),
        this.pool,
      );
    }
    return content.handle as Handle;
  }

  async #run(source: string, length: number, args: readonly unknown[]): Promise<Handle> {
    const kernel = this.#kernels.get(source) ?? this.#make(source, length);
    this.dispatches++;
    kernel.setOutput([length]);
    const result = await kernel(...args);
    return result instanceof Float32Array ? hostHandle(result) : result;
  }

  #make(source: string, length: number): RunKernel {
    const kernel = this.#gpu.createKernel(source, {
      output: [length],
      pipeline: true,
      immutable: true,
      dynamicOutput: true,
      dynamicArguments: true,
      precision: 'single',
      tactic: 'precision',
      loopMaxIterations: MOST_ELEMENTS,
      fixIntegerDivisionAccuracy: false,
    });
    this.#kernels.set(source, kernel);
    return kernel;
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
