import {
  allocate,
  type Backend,
  type DType,
  DTypeError,
  dtypeOf,
  dtypes,
  isFloating,
  type Memory,
  type Shape,
  ShapeError,
  sizeOf,
  type TypedArray,
} from '@unroll/backend';
import { backward } from '../autograd/backward.ts';
import { add, div, mul, sub } from '../operations/arithmetic.ts';
import { fromHost } from './accept.ts';
import { convert, fill, type Nested, shapeOf } from './nested.ts';
import { Storage } from './storage.ts';
import { Parameter, provide, Tensor } from './tensor.ts';

export interface CreateOptions {
  /** Default float32. */
  dtype?: DType;
  /** Whether backward passes leave a gradient here; default false. */
  requiresGrad?: boolean;
}

export interface TensorOptions extends CreateOptions {
  /** How to lay out flat values; default: the shape of the nesting. */
  shape?: Shape;
}

/**
 * A tensor with a copy of values.
 *
 * @param values a number, nested arrays (all rows of a level equally long), or a typed array
 * @param options.dtype default: float32 for arrays; a typed array keeps its own (a Uint8Array is bool)
 * @throws ShapeError for ragged arrays, or when `shape` does not hold the values; DTypeError for what is no number, array
 * or typed array, and for a dtype that does not exist
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);          // [2, 3] float32
 * const ids = tensor([0, 2, 1], { dtype: 'int32' }); // [3]
 */
export function tensor(values: Nested | TypedArray, options: TensorOptions = {}): Tensor {
  const given = dtypeOf(values);
  const dtype = options.dtype ?? given ?? 'float32';
  const nesting = given ? [(values as TypedArray).length] : shapeOf(values as Nested);
  const shape = options.shape ?? nesting;
  if (checkedSize('tensor', shape) !== sizeOf(nesting)) {
    throw new ShapeError('tensor', `${sizeOf(nesting)} values do not fill [${shape.join(', ')}]`, {
      values: nesting,
      shape,
    });
  }
  if (given === dtype) return fromValues(values as TypedArray, shape, dtype, options.requiresGrad);
  const flat = newValues('tensor', shape, dtype);
  if (given) convert(values as TypedArray, flat, dtype);
  else fill(values as Nested, flat, dtype);
  return fromValues(flat, shape, dtype, options.requiresGrad);
}

/** A leaf around host values, which are copied. The door through which every first tensor comes. */
export function fromValues(
  values: TypedArray,
  shape: Shape,
  dtype: DType,
  requiresGrad = false,
): Tensor {
  provide({ add, sub, mul, div, backward });
  const x = fromHost(values, shape, dtype);
  if (requiresGrad) x.requiresGrad = true;
  return x;
}

/**
 * A leaf in memory that a kernel of `backend` makes: the other door for first tensors.
 *
 * @throws as {@link newValues}
 */
export function fromKernel(
  operation: string,
  shape: Shape,
  dtype: DType,
  backend: Backend,
  make: (size: number) => Memory,
): Tensor {
  provide({ add, sub, mul, div, backward });
  const memory = allocated(operation, shape, dtype, make);
  return new Tensor(new Storage(backend, memory), 0, shape, dtype);
}

/** A tensor full of one value. */
export function full(shape: Shape, value: number, options: CreateOptions = {}): Tensor {
  const dtype = options.dtype ?? 'float32';
  const values = newValues('full', shape, dtype);
  if (value !== 0) values.fill(dtype === 'bool' ? 1 : value);
  return fromValues(values, shape, dtype, options.requiresGrad);
}

/** A tensor of zeros. */
export function zeros(shape: Shape, options: CreateOptions = {}): Tensor {
  return full(shape, 0, options);
}

/** A tensor of ones. */
export function ones(shape: Shape, options: CreateOptions = {}): Tensor {
  return full(shape, 1, options);
}

/** Zeros in the shape and dtype of x. */
export function zerosLike(x: Tensor): Tensor {
  return full(x.shape, 0, { dtype: x.dtype });
}

/** Ones in the shape and dtype of x. */
export function onesLike(x: Tensor): Tensor {
  return full(x.shape, 1, { dtype: x.dtype });
}

/** 0, 1, …, n − 1; int32 by default, as ids are. */
export function arange(n: number, options: CreateOptions = {}): Tensor {
  const dtype = options.dtype ?? 'int32';
  const values = newValues('arange', [n], dtype);
  for (let i = 0; i < n; i++) values[i] = i;
  return fromValues(values, [n], dtype, options.requiresGrad);
}

/** The identity matrix `[n, n]`. */
export function eye(n: number, options: CreateOptions = {}): Tensor {
  const dtype = options.dtype ?? 'float32';
  const values = newValues('eye', [n, n], dtype);
  for (let i = 0; i < n; i++) values[i * n + i] = 1;
  return fromValues(values, [n, n], dtype, options.requiresGrad);
}

/** A trainable tensor with the values of x, whose memory it takes over. */
export function parameter(x: Tensor): Parameter {
  if (!isFloating(x.dtype)) {
    throw new DTypeError('parameter', `needs a floating tensor; got ${x.dtype}`, {
      dtype: x.dtype,
    });
  }
  return new Parameter(x.detach());
}

/**
 * How many elements a shape holds.
 *
 * @throws ShapeError unless every size is a whole number, 0 or more
 */
function checkedSize(operation: string, shape: Shape): number {
  if (shape.every((n) => Number.isInteger(n) && n >= 0)) return sizeOf(shape);
  throw new ShapeError(operation, `sizes must be whole numbers ≥ 0; got [${shape.join(', ')}]`, {
    shape,
  });
}

/** Zeroed host memory for a new tensor, or the errors of {@link allocated}. */
export function newValues<D extends DType>(operation: string, shape: Shape, dtype: D) {
  return allocated(operation, shape, dtype, (size) => allocate(dtype, size));
}

/**
 * What `make` gives for the elements of a new tensor.
 *
 * @throws ShapeError as {@link checkedSize} does, and when there is not so much memory; DTypeError for a dtype that does
 * not exist
 */
function allocated<T>(operation: string, shape: Shape, dtype: DType, make: (size: number) => T): T {
  const size = checkedSize(operation, shape);
  if (!dtypes.includes(dtype)) {
    throw new DTypeError(operation, `there is no dtype ${dtype}; there are ${dtypes.join(', ')}`, {
      dtype,
    });
  }
  try {
    return make(size);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ShapeError(
      operation,
      `there is no memory for [${shape.join(', ')}] in ${dtype}`,
      { shape, dtype },
      cause,
    );
  }
}
