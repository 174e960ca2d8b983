import type { Memory, Operand } from '../contract/backend.ts';
import type { DType, TypedArray } from '../contract/dtype.ts';
import type { Shape } from '../contract/shape.ts';
import { broadcastStrides, sizeOf } from '../contract/shape.ts';
import { BLOCK, FormulaEvaluator } from '../formula/evaluate.ts';
import type { Formula } from '../formula/formula.ts';
import { assign } from './cast.ts';
import { newMemory, valuesOf } from './memory.ts';
import type { Strided } from './strided.ts';
import { gatherRun, joinAxes } from './strided.ts';

const evaluators = new WeakMap<Formula, FormulaEvaluator>();

/** The evaluator of a formula: made once, as long as the formula lives. */
function evaluatorOf(formula: Formula): FormulaEvaluator {
  let evaluator = evaluators.get(formula);
  if (evaluator === undefined) {
    evaluator = new FormulaEvaluator(formula);
    evaluators.set(formula, evaluator);
  }
  return evaluator;
}

export function pointwise(
  formula: Formula,
  inputs: readonly Operand[],
  shape: Shape,
  dtype: DType,
): Memory[] {
  const outputs = formula.outputs.map(() => newMemory(dtype, sizeOf(shape)));
  const strides = inputs.map((x) => broadcastStrides(x.shape, shape));
  const joined = joinAxes(shape, strides);
  pointwiseInto(
    evaluatorOf(formula),
    inputs.map((x, i) => ({ values: valuesOf(x), offset: 0, strides: joined.strides[i] })),
    joined.shape,
    outputs.map((y) => y.values),
  );
  return outputs;
}

/** The same, written over `targets`; an input may be one of them. */
export function update(
  formula: Formula,
  inputs: readonly Operand[],
  targets: readonly Operand[],
): void {
  const [{ shape, dtype }] = targets;
  for (const [i, memory] of pointwise(formula, inputs, shape, dtype).entries()) {
    assign(targets[i], { memory, offset: 0, shape, dtype });
  }
}

/** A formula at every element of `shape`, in double precision, rounded once into the outputs from their start on. */
function pointwiseInto(
  evaluator: FormulaEvaluator,
  inputs: readonly Strided[],
  shape: Shape,
  outputs: readonly TypedArray[],
): void {
  const size = sizeOf(shape);
  for (let from = 0; from < size; from += BLOCK) {
    const count = Math.min(BLOCK, size - from);
    for (let i = 0; i < inputs.length; i++) {
      gatherRun(evaluator.argument(i), inputs[i], shape, from, count);
    }
    evaluator.run(count);
    for (let i = 0; i < outputs.length; i++) {
      store(outputs[i], from, evaluator.result(i), count);
    }
  }
}

/** Rounds doubles into an array: to int32 cut towards zero, to bool `x ≠ 0`. */
function store(target: TypedArray, at: number, values: Float64Array, count: number): void {
  if (target instanceof Uint8Array) {
    for (let i = 0; i < count; i++) target[at + i] = values[i] !== 0 ? 1 : 0;
  } else {
    target.set(values.subarray(0, count), at);
  }
}
