import { nextStreamName, Parameter, type Tensor } from '@unroll/tensor';
import { Buffer } from './buffer.ts';
import { classNameOf } from './class-name.ts';
import { type LoadOptions, type LoadResult, load } from './load.ts';
import { ownValues } from './own-values.ts';

/**
 * A part of a model: a function with weights. A subclass puts its parameters (`parameter(x)`), buffers (`buffer(x)`) and
 * other modules into properties, arrays or plain objects of its own, where they are found, and says in `forward` what it
 * computes. Where a bundler may rename the class, it has a static `className` too: its random stream is named after it, and
 * a minified program then draws the same numbers.
 *
 * @example
 * class Scale extends Module {
 *   readonly factor = parameter(ones([3]));
 *   override forward(x: Tensor): Tensor {
 *     return mul(x, this.factor);
 *   }
 * }
 * console.log(Object.keys(new Scale().stateDict())); // ['factor']
 */
export abstract class Module {
  /**
   * The random stream that its initial weights and its noise come from: the option `name` of a layer, by default its class
   * with a number (`Linear`, `Linear_1`, …), counted anew from each `manualSeed`.
   */
  readonly name: string;
  /** Whether it is being trained (the default), as against used; set by {@link train} and {@link eval}. */
  training = true;

  constructor(name?: string) {
    this.name = name ?? nextStreamName(classNameOf(new.target) || 'Module');
  }

  abstract forward(...inputs: never[]): unknown;

  /** Its own parameters by name, without those of its children. Override it for other names than those of properties. */
  ownParameters(): Readonly<Record<string, Parameter>> {
    return Object.fromEntries(this.#own((value) => value instanceof Parameter));
  }

  /** Its own buffers by name, without those of its children. */
  ownBuffers(): Readonly<Record<string, Buffer>> {
    return Object.fromEntries(this.#own((value) => value instanceof Buffer));
  }

  /** The modules directly in it, by name. Override it for other names than those of properties. */
  namedChildren(): Map<string, Module> {
    return new Map(this.#own((value) => value instanceof Module));
  }

  /** Itself, under `''`, and all modules below by dotted path; one that is used twice stands under its first path. */
  namedModules(): Map<string, Module> {
    const paths = new Map<Module, string>();
    const visit = (module: Module, path: string): void => {
      if (paths.has(module)) return;
      paths.set(module, path);
      for (const [name, child] of module.namedChildren()) visit(child, join(path, name));
    };
    visit(this, '');
    return new Map([...paths].map(([module, path]) => [path, module]));
  }

  /** All parameters by dotted path; one that is used twice (tied weights) stands under its first path. */
  namedParameters(): Map<string, Parameter> {
    return this.#gather((module) => module.ownParameters());
  }

  /** All buffers by dotted path. */
  namedBuffers(): Map<string, Buffer> {
    return this.#gather((module) => module.ownBuffers());
  }

  /** All parameters, each once: what an optimizer takes. */
  parameters(): Parameter[] {
    return [...this.namedParameters().values()];
  }

  /**
   * Parameters and buffers by dotted path, cut off from the graph. They share memory with the module: what training does
   * to it is seen in them.
   */
  stateDict(): Record<string, Tensor> {
    return Object.fromEntries([...this.#state()].map(([path, x]) => [path, x.detach()]));
  }

  /**
   * Writes tensors into the parameters and buffers of the same names.
   *
   * @param options.strict default true; with false, missing and unexpected names are given back instead of refused
   * @throws DataError that lists all missing, unexpected and misshapen names; nothing is written then
   * @example
   * model.loadStateDict(other.stateDict());
   */
  loadStateDict(record: Readonly<Record<string, Tensor>>, options: LoadOptions = {}): LoadResult {
    return load(classNameOf(this.constructor), this.#state(), record, options);
  }

  /** Sets it and all modules below to training, or with `false` to use. */
  train(training = true): this {
    for (const module of this.namedModules().values()) module.training = training;
    return this;
  }

  /** Sets it and all modules below to use: no dropout. */
  eval(): this {
    return this.train(false);
  }

  /** Its class, its parameters with their shapes, and its children, one on a line. */
  toString(): string {
    const own = Object.entries({ ...this.ownParameters(), ...this.ownBuffers() });
    const parts = own.map(([name, { shape }]) => `${name} [${shape.join(', ')}]`);
    const head = [...parts, ...this.details()].join(', ');
    const children = [...this.namedChildren()].map(([name, child]) =>
      `${name}: ${child}`.replaceAll(/^/gm, '  '),
    );
    const body = children.length === 0 ? '' : `\n${children.join('\n')}\n`;
    return `${classNameOf(this.constructor)}(${head}${body})`;
  }

  /** What {@link toString} says beyond shapes. */
  protected details(): string[] {
    return [];
  }

  #own<T>(is: (value: unknown) => value is T): [string, T][] {
    return ownValues(this).filter((pair): pair is [string, T] => is(pair[1]));
  }

  #gather<T extends Tensor>(own: (module: Module) => Readonly<Record<string, T>>): Map<string, T> {
    const paths = new Map<T, string>();
    for (const [path, module] of this.namedModules()) {
      for (const [name, x] of Object.entries(own(module))) {
        if (!paths.has(x)) paths.set(x, join(path, name));
      }
    }
    return new Map([...paths].map(([x, path]) => [path, x]));
  }

  #state(): Map<string, Tensor> {
    return new Map<string, Tensor>([...this.namedParameters(), ...this.namedBuffers()]);
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
