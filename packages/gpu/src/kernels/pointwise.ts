import {
  broadcastStrides,
  type DType,
  type Formula,
  type Operand,
  type Shape,
  selectOutputs,
  sizeOf,
} from '@unroll/backend';
import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { formulaSource, stored } from '../source/formula.ts';
import { shortest, walkArguments, walkLines, walkNumbers, walkPosition } from '../source/walk.ts';
import { fewOperands } from './join.ts';

/** A formula at every element of a shape, one kernel for each output. */
export function pointwise(
  device: Device,
  formula: Formula,
  inputs: readonly Operand[],
  shape: Shape,
  dtype: DType,
): Content[] {
  return formula.outputs.map((_, output) =>
    single(device, selectOutputs(formula, [output]), inputs, shape, dtype),
  );
}

function single(
  device: Device,
  formula: Formula,
  inputs: readonly Operand[],
  shape: Shape,
  dtype: DType,
): Content {
  const used = usedArguments(formula);
  const read = inputs.filter((_, i) => used.has(i));
  const strides = read.map((x) => broadcastStrides(x.shape, shape));
  const walk = shortest(shape, strides);
  const { contents, of, offsets } = fewOperands(device, read);
  const { source, constants } = pointwiseSource(
    formula,
    inputs.map((_, i) => i).filter((i) => used.has(i)),
    of,
    walk.sizes.length,
    dtype,
  );
  return device.submit({
    operation: formula.name,
    source,
    inputs: contents,
    numbers: [...walkNumbers(walk, offsets), ...constants],
    length: sizeOf(shape),
  });
}

function usedArguments({ arity, steps, outputs }: Formula): Set<number> {
  const registers = steps.flatMap((step) => (step.op === 'constant' ? [] : step.args));
  return new Set([...registers, ...outputs].filter((register) => register < arity));
}

/** `of[k]` is the buffer that the k-th argument that is read lies in. */
function pointwiseSource(
  formula: Formula,
  read: readonly number[],
  of: readonly number[],
  rank: number,
  dtype: DType,
): { source: string; constants: readonly number[] } {
  const args = Array.from({ length: formula.arity }, (_, i) => `x${i}`);
  const { lines, result, constants } = formulaSource(formula, args);
  const buffers = [...new Set(of)].map((k) => `a${k}`);
  const loads = read.map((i, k) => `const x${i} = a${of[k]}[${walkPosition(rank, k)}];`);
  const names = [...buffers, ...walkArguments(rank, read.length), ...constants.keys()];
  const source = `function(${names.join(', ')}) {
    ${[...walkLines(rank), ...loads, ...lines].join('\n    ')}
    const y = ${result};
    return ${stored(dtype, 'y')};
  }`;
  return { source, constants: [...constants.values()] };
}
