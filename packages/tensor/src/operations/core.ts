import {
  broadcast,
  type DType,
  type Formula,
  gradientFormula,
  isFloating,
  type Shape,
  ShapeError,
  sameShape,
  selectOutputs,
  sizeOf,
  usedArguments,
} from '@unroll/backend';
import { isGradEnabled } from '../autograd/mode.ts';
import { record, records, view, wrap } from '../autograd/record.ts';
import { fromHost, home, on } from '../core/accept.ts';
import { hostMemory, type Tensor } from '../core/tensor.ts';

// These four stand in one room because their derivatives are each other.

const noGradients = () => [];

const identity: Formula = { name: 'broadcastTo', arity: 1, steps: [], outputs: [0] };

/**
 * The same elements in another shape; shares memory with x. One size may be −1: it is what is left.
 *
 * @throws ShapeError when the numbers of elements differ
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const target = inferShape(x, shape);
  return record('reshape', [x], view(x, target), ([dy]) => [dy && reshape(dy, x.shape)]);
}

function inferShape(x: Tensor, shape: Shape): Shape {
  const free = shape.indexOf(-1);
  const target = free < 0 ? shape : shape.with(free, x.size / -sizeOf(shape));
  if (target.some((n) => !Number.isInteger(n) || n < 0) || sizeOf(target) !== x.size) {
    throw new ShapeError(
      'reshape',
      `cannot lay [${x.shape.join(', ')}] (${x.size} elements) out as [${shape.join(', ')}]`,
      { from: x.shape, to: shape },
    );
  }
  return target;
}

/** A formula at every element, with inputs broadcast; one tensor per output of the formula. */
export function pointwise(formula: Formula, inputs: readonly Tensor[], dtype: DType): Tensor[] {
  const backend = home(inputs);
  const shape = broadcastAll(formula.name, inputs);
  const operands = inputs.map((x) => on(backend, x));
  const outputs = backend.kernels
    .pointwise(formula, operands, shape, dtype)
    .map((memory) => wrap(backend, memory, shape, dtype));
  if (!isFloating(dtype) || !records(inputs))
    return record(formula.name, inputs, outputs, noGradients);
  const gradient = gradientFormula(formula);
  const used = usedArguments(gradient);
  const values = [...inputs, ...outputs];
  return record(
    formula.name,
    inputs,
    outputs,
    (gradients, needs) => pullBack(gradient, used, values, inputs, gradients, needs, dtype),
    values.filter((_, i) => used[i]),
  );
}

function pullBack(
  gradient: Formula,
  used: readonly boolean[],
  values: readonly Tensor[],
  inputs: readonly Tensor[],
  gradients: readonly (Tensor | undefined)[],
  needs: readonly boolean[],
  dtype: DType,
): (Tensor | undefined)[] {
  const out: (Tensor | undefined)[] = inputs.map(() => undefined);
  const wanted: number[] = [];
  for (const [i, need] of needs.entries()) {
    const dy = need ? passedOn(gradient, i, values.length, gradients) : undefined;
    if (dy && !isGradEnabled()) out[i] = sumTo(dy, inputs[i].shape);
    else if (need) wanted.push(i);
  }
  if (wanted.length === 0) return out;
  const known = gradients.find((dy) => dy !== undefined) as Tensor;
  const zero = fromHost(hostMemory(dtype, []), [], dtype, known.storage.backend);
  const args = [
    ...values.map((value, i) => (used[i] ? value : zero)),
    ...gradients.map((dy) => dy ?? zero),
  ];
  const found = pointwise(selectOutputs(gradient, wanted), args, dtype);
  for (const [at, input] of wanted.entries()) {
    const own = sumTo(found[at], inputs[input].shape);
    out[input] = own;
    const { storage } = found[at];
    if (own.storage !== storage && !isGradEnabled()) storage.discard();
  }
  return out;
}

/** The output's gradient that is that of input `i` as it is, where there is one: a sum's, say. */
function passedOn(
  { outputs }: Formula,
  i: number,
  values: number,
  gradients: readonly (Tensor | undefined)[],
): Tensor | undefined {
  return gradients[outputs[i] - values];
}

/** The common shape of all inputs. */
export function broadcastAll(operation: string, inputs: readonly Tensor[]): Shape {
  let shape: Shape = inputs[0].shape;
  for (const { shape: other } of inputs) {
    if (sameShape(shape, other)) continue;
    const joint = broadcast(shape, other);
    if (!joint) {
      throw new ShapeError(
        operation,
        `shapes must match or be 1; got [${shape.join(', ')}] and [${other.join(', ')}]`,
        { left: shape, right: other },
      );
    }
    shape = joint;
  }
  return shape;
}

/** The same values in memory of their own; not recorded. */
export function copyOf(x: Tensor): Tensor {
  const backend = home([x]);
  const [memory] = backend.kernels.pointwise(identity, [x.operand], x.shape, x.dtype);
  return wrap(backend, memory, x.shape, x.dtype);
}

/** x stretched to a shape: axes of 1 are repeated, new ones come in front. Copies. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const joint = broadcast(x.shape, shape);
  if (!joint || !sameShape(joint, shape)) {
    throw new ShapeError(
      'broadcastTo',
      `cannot stretch [${x.shape.join(', ')}] to [${shape.join(', ')}]`,
      {
        from: x.shape,
        to: shape,
      },
    );
  }
  const backend = home([x]);
  const [memory] = backend.kernels.pointwise(identity, [x.operand], shape, x.dtype);
  return record('broadcastTo', [x], wrap(backend, memory, shape, x.dtype), ([dy]) => [
    dy && sumTo(dy, x.shape),
  ]);
}

/** The sum along one axis, which goes away. */
function sumAxis(x: Tensor, axis: number): Tensor {
  const backend = home([x]);
  const shape = x.shape.filter((_, i) => i !== axis);
  const kept = x.shape.map((n, i) => (i === axis ? 1 : n));
  const output = wrap(backend, backend.kernels.reduce('sum', x.operand, axis), shape);
  return record('sum', [x], output, ([dy]) => [dy && broadcastTo(reshape(dy, kept), x.shape)]);
}

/** What broadcasting takes back: the sum over the axes along which `shape` was stretched. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  let out = x;
  for (let axis = x.rank - 1; axis >= 0; axis--) {
    if (axis < lead || (shape[axis - lead] === 1 && x.shape[axis] !== 1)) out = sumAxis(out, axis);
  }
  return sameShape(out.shape, shape) ? out : reshape(out, shape);
}
