import {
  type Backend,
  type DType,
  DTypeError,
  isFloating,
  type Operand,
  type TypedArray,
  UnrollError,
  UnsupportedError,
} from '@unroll/backend';
import { backendFor, engine, engineSymbol } from './engine.ts';
import { Storage } from './storage.ts';
import { Symbolic } from './symbolic.ts';
import { Tensor } from './tensor.ts';

/**
 * The tensor that a caller handed in, or an error that says what it was instead.
 *
 * @throws UnrollError for a tensor of a second copy of this package, naming both copies; UnsupportedError for a symbolic
 * value
 */
export function asTensor(operation: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  if (value instanceof Symbolic) {
    throw new UnsupportedError(
      operation,
      'works on tensors only; a step and a fused function are written with the pointwise operations, a step with matmul, concat, split and softmax too.',
    );
  }
  const other = (value as { [engineSymbol]?: typeof engine } | null | undefined)?.[engineSymbol];
  if (other) {
    throw new UnrollError(
      operation,
      `got a tensor of another copy of @unroll/tensor: ${other.version} from ${other.url}, beside ${engine.version} from ${engine.url}. Install one version only (npm ls @unroll/tensor shows who brings which).`,
      { other, engine },
    );
  }
  throw new DTypeError(
    operation,
    `needs a tensor; got ${describe(value)}. Make one with tensor()?`,
  );
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return value === null ? 'null' : typeof value;
}

/** A tensor with a copy of host values, on the backend of its dtype or the one given. */
export function fromHost(
  values: TypedArray,
  shape: readonly number[],
  dtype: DType,
  backend: Backend = backendFor(dtype),
): Tensor {
  return new Tensor(new Storage(backend, backend.upload(values)), 0, shape, dtype);
}

/**
 * The backend that computes on these inputs: the reference when any is float64, else where the first floating one lies;
 * one that cannot be read at once comes first, since the others can follow it and it cannot follow them.
 */
export function home(inputs: readonly Tensor[]): Backend {
  let lead: Tensor | undefined;
  for (const x of inputs) {
    if (x.dtype === 'float64') return x.storage.backend;
    if (isFloating(x.dtype) && (!lead || follows(lead, x))) lead = x;
  }
  return (lead ?? inputs[0]).storage.backend;
}

/** Whether x can be brought to where y lies, and not the other way round. */
function follows(x: Tensor, y: Tensor): boolean {
  return x.storage.backend.readSync !== undefined && y.storage.backend.readSync === undefined;
}

/** The operand of a tensor on a backend: itself where it lies there, a copy where it does not. */
export function on(backend: Backend, x: Tensor): Operand {
  const from = x.storage.backend;
  if (from === backend) return x.operand;
  const values = from.readSync?.(x.operand) ?? from.valuesOnHost?.(x.operand);
  if (values === undefined) {
    const other = from.name === backend.name ? `another ${backend.name}` : backend.name;
    throw new UnsupportedError(
      'transfer',
      `a tensor lies on ${from.name}, the others on ${other}. Read it with data() and make it anew, or use moveToBackend().`,
    );
  }
  return {
    memory: backend.upload(values),
    offset: 0,
    shape: x.shape,
    dtype: x.dtype,
  };
}

/** The one floating dtype among the inputs, or undefined when all are ids and masks. */
export function floatingDType(operation: string, inputs: readonly Tensor[]): DType | undefined {
  let found: DType | undefined;
  for (const { dtype } of inputs) {
    if (!isFloating(dtype)) continue;
    if (found && found !== dtype) {
      throw new DTypeError(
        operation,
        `got float32 and float64 together. cast() one of them; float64 is for checks.`,
        { left: found, right: dtype },
      );
    }
    found = dtype;
  }
  return found;
}

/** Refuses tensors that are not floating. */
export function needFloating(operation: string, inputs: readonly Tensor[]): DType {
  const wrong = inputs.find((x) => !isFloating(x.dtype));
  if (wrong) {
    throw new DTypeError(
      operation,
      `needs floating tensors; got ${wrong.dtype}. cast(x, 'float32')?`,
      {
        dtype: wrong.dtype,
      },
    );
  }
  return floatingDType(operation, inputs) as DType;
}
