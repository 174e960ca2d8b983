import {
  AutogradError,
  allocate,
  type DType,
  type Operand,
  type Shape,
  ShapeError,
  sizeOf,
  type TypedArray,
  UnsupportedError,
} from '@unroll/backend';
import { engine, engineSymbol } from './engine.ts';
import { type Nested, nest } from './nested.ts';
import type { Storage } from './storage.ts';
import { takeTurn } from './turn.ts';

/** How a tensor was computed: the tape's entry. */
export interface Node {
  /** The operation, for messages. */
  readonly name: string;
  /** Where in a recurrence it was recorded, for messages; empty elsewhere. */
  readonly place: string;
  /** Rises with every node, so falling ids are an order in which gradients can flow. */
  readonly id: number;
  inputs: readonly Tensor[];
  /** How many outputs it has; gradients arrive in their order. */
  readonly outputs: number;
  /** Gradients of the inputs from those of the outputs; undefined once the graph was released. */
  backward: Backward | undefined;
  /** What backward reads, with the version it must still have. */
  saved: readonly { readonly tensor: Tensor; readonly version: number }[];
  /** Hooks by output. */
  hooks: GradientHook[][] | undefined;
  /** The memory of its outputs, where release points free it. */
  readonly made: readonly Storage[];
  /** Gives back what the operation has kept outside of tensors, when the graph is released. */
  readonly release: (() => void) | undefined;
}

/** An absent gradient is zero. `needs[i]` tells whether input i wants one. */
export type Backward = (
  gradients: readonly (Tensor | undefined)[],
  needs: readonly boolean[],
) => readonly (Tensor | undefined)[];

export type GradientHook = (gradient: Tensor) => Tensor | undefined;

export interface BackwardOptions {
  /** Gradient of the tensor itself; default 1, which only a scalar has. */
  gradient?: Tensor;
  /** Keep the graph for another backward pass; default: `createGraph`. */
  retainGraph?: boolean;
  /** Record the backward pass, for second derivatives; default false. */
  createGraph?: boolean;
}

/** What a tensor can do that is written above it: handed in by {@link provide}, so that no import points up. */
export interface Upper {
  add(x: Tensor, y: Tensor | number): Tensor;
  sub(x: Tensor, y: Tensor | number): Tensor;
  mul(x: Tensor, y: Tensor | number): Tensor;
  div(x: Tensor, y: Tensor | number): Tensor;
  backward(x: Tensor, options: BackwardOptions): void;
}

let upper: Upper | undefined;

/** Called by whatever makes a first tensor; it costs one assignment and is no work at import. */
export function provide(operations: Upper): void {
  upper = operations;
}

/**
 * A value of the computation: numbers of one dtype in a row-major shape. It never changes, with the one exception of
 * `assign`. Nothing needs to be disposed.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]], { requiresGrad: true });
 * const y = sum(mul(x, x));
 * y.backward();
 * console.log(await x.grad?.data()); // Float32Array [2, 4, 6, 8]
 */
export class Tensor {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: Shape;
  readonly dtype: DType;
  /** The tape's entry that made it, and which of its outputs it is; undefined for a leaf. */
  node: Node | undefined = undefined;
  outputIndex = 0;
  readonly [engineSymbol] = engine;
  hooks: GradientHook[] | undefined = undefined;
  #leafRequiresGrad = false;
  #grad: Tensor | undefined = undefined;

  /**
   * The gradient for a reader that does not keep it, as an optimizer: a backend may have lent its memory, which goes back
   * when the next gradient takes its place. `grad` gives one that can be kept.
   */
  static peekGrad(x: Tensor): Tensor | undefined {
    return x.#grad;
  }

  constructor(storage: Storage, offset: number, shape: Shape, dtype: DType) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.dtype = dtype;
  }

  /** The sum of the gradients of all backward passes; set on leaves that require one. */
  get grad(): Tensor | undefined {
    this.#grad?.storage.keep();
    return this.#grad;
  }

  set grad(gradient: Tensor | undefined) {
    const before = this.#grad;
    if (before === gradient) return;
    gradient?.storage.hold();
    before?.storage.letGo();
    if (!before?.storage.isHeld) before?.storage.giveBack();
    this.#grad = gradient;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Whether gradients flow to or through it. */
  get requiresGrad(): boolean {
    return this.node !== undefined || this.#leafRequiresGrad;
  }

  set requiresGrad(wanted: boolean) {
    if (this.node !== undefined) {
      throw new AutogradError(
        'requiresGrad',
        `can be set on leaves only; this tensor was made by ${this.node.name}. Take detach() of it first.`,
      );
    }
    if (wanted && this.dtype !== 'float32' && this.dtype !== 'float64') {
      throw new AutogradError(
        'requiresGrad',
        `only floating tensors have gradients; this is ${this.dtype}`,
      );
    }
    this.#leafRequiresGrad = wanted;
    if (wanted) this.storage.stay();
  }

  /** The tensor as a kernel sees it. @throws UnrollError when its memory was freed at a release point */
  get operand(): Operand {
    this.storage.needAlive();
    return {
      memory: this.storage.memory,
      offset: this.offset,
      shape: this.shape,
      dtype: this.dtype,
    };
  }

  /** Its values, row-major; a copy. Errors of the device come out here. */
  async data(): Promise<TypedArray> {
    const values = await this.storage.backend.read(this.operand);
    await takeTurn();
    return values;
  }

  /** Its values at once, where the backend can (CPU backends). */
  dataSync(): TypedArray {
    const { backend } = this.storage;
    if (!backend.readSync) {
      throw new UnsupportedError(
        'dataSync',
        `${backend.name} reads asynchronously; await data() instead`,
      );
    }
    return backend.readSync(this.operand);
  }

  /** The only element, as a number. */
  async item(): Promise<number> {
    this.#checkSingle('item');
    return (await this.data())[0];
  }

  itemSync(): number {
    this.#checkSingle('itemSync');
    return this.dataSync()[0];
  }

  /** Its values as nested arrays. */
  async toArray(): Promise<Nested> {
    return nest(await this.data(), this.shape);
  }

  /** The same values, cut off from the graph. Shares memory. */
  detach(): Tensor {
    return new Tensor(this.storage, this.offset, this.shape, this.dtype);
  }

  /**
   * Gradients of this tensor with respect to every leaf that requires one, added to their `grad`.
   *
   * @throws AutogradError when nothing requires a gradient, the tensor is no scalar and `gradient` is missing, the graph
   * was released by an earlier backward, or a saved value was overwritten since.
   */
  backward(options: BackwardOptions = {}): void {
    above().backward(this, options);
  }

  /**
   * Calls `hook` with the gradient when it arrives here; what it returns, if anything, takes its place. On a GPU that gradient
   * lives as long as what is made around the backward pass.
   */
  registerHook(hook: GradientHook): () => void {
    const list = this.#hookList();
    list.push(hook);
    return () => {
      const at = list.indexOf(hook);
      if (at >= 0) list.splice(at, 1);
    };
  }

  add(y: Tensor | number): Tensor {
    return above().add(this, y);
  }

  sub(y: Tensor | number): Tensor {
    return above().sub(this, y);
  }

  mul(y: Tensor | number): Tensor {
    return above().mul(this, y);
  }

  div(y: Tensor | number): Tensor {
    return above().div(this, y);
  }

  toString(): string {
    const made = this.node
      ? `, made by ${this.node.name}`
      : this.requiresGrad
        ? ', requiresGrad'
        : '';
    const head = `Tensor(${this.dtype} [${this.shape.join(', ')}]${made})`;
    if (!this.storage.backend.readSync || this.size > 100) return head;
    return `${head} ${JSON.stringify(nest(this.dataSync(), this.shape))}`;
  }

  /** A computed tensor's hooks hang on its node, since the tape does not hold the tensor. */
  #hookList(): GradientHook[] {
    if (!this.node) {
      this.hooks ??= [];
      return this.hooks;
    }
    this.node.hooks ??= Array.from({ length: this.node.outputs }, () => []);
    return this.node.hooks[this.outputIndex];
  }

  #checkSingle(operation: string): void {
    if (this.size === 1) return;
    throw new ShapeError(
      operation,
      `needs one element; got shape [${this.shape.join(', ')}]. Use data()?`,
      {
        shape: this.shape,
      },
    );
  }
}

/**
 * A tensor that training changes. Module finds it, optimizers write it through `assign`.
 */
export class Parameter extends Tensor {
  constructor(value: Tensor) {
    super(value.storage, value.offset, value.shape, value.dtype);
    this.requiresGrad = true;
  }
}

function above(): Upper {
  if (!upper) throw new AutogradError('Tensor', 'make tensors with tensor(), zeros(), …');
  return upper;
}

/** Host memory for a shape; for creation and for uploads. */
export function hostMemory<D extends DType>(dtype: D, shape: Shape) {
  return allocate(dtype, sizeOf(shape));
}
