import { type Program, UnsupportedError, type Value } from '@unroll/backend';
import { fromHost } from '../core/accept.ts';
import { hostMemory, type Tensor } from '../core/tensor.ts';
import { add, addAll, div, mul, sqrt, square, sub, tanh, where } from '../operations/arithmetic.ts';
import { broadcastTo, pointwise, reshape } from '../operations/core.ts';
import { concat } from '../operations/join.ts';
import { matmul } from '../operations/matmul.ts';
import { mean, sum } from '../operations/reduce.ts';
import { slice } from '../operations/slice.ts';
import { softmax } from '../operations/softmax.ts';
import type { FullCall } from './call.ts';

type Computed<K extends Value['kind']> = Extract<Value, { kind: K }>;

/** One computed value of one step, through ordinary operations. `values` holds the earlier ones. */
export function evaluate(
  call: FullCall,
  value: Value,
  values: readonly Tensor[],
  living: number,
): Tensor {
  switch (value.kind) {
    case 'affine':
      return affine(value, values);
    case 'pointwise':
      return pointwiseRows(value, values, living);
    case 'rowNorm':
      return rowNorm(values[value.x], value.eps);
    case 'rowSoftmax':
      return rowSoftmax(call, value, values[value.x], living);
    case 'columns':
      return slice(values[value.x], { axis: 1, from: value.window[0], to: value.window[1] });
    case 'concat':
      return concat(
        value.parts.map((ref) => values[ref]),
        { axis: 1 },
      );
    case 'rowSum':
      return sum(values[value.x], { axis: 1, keepDims: true });
    case 'score':
      return score(call, value, values, living);
    case 'memorySum':
      return memorySum(values[value.weights], values[value.memory]);
    default:
      throw new UnsupportedError(
        call.program.name,
        `${value.kind} stands in derivative programs only`,
      );
  }
}

function affine({ terms, bias }: Computed<'affine'>, values: readonly Tensor[]): Tensor {
  const products = terms.map((term) =>
    matmul(values[term.value], values[term.weight], { transposeB: term.transposed }),
  );
  const total = addAll(products);
  return bias === undefined ? total : add(total, values[bias]);
}

/** A formula of weights alone gives one row; the step has as many as there are living sequences. */
function pointwiseRows(
  { formula, args, size }: Computed<'pointwise'>,
  values: readonly Tensor[],
  living: number,
): Tensor {
  const operands = args.map((ref) => values[ref]);
  const [result] = pointwise(formula, operands, operands[0].dtype);
  return result.rank === 2 ? result : broadcastTo(result, [living, size as number]);
}

/** (x − mean) / √(var + eps) over each row. */
function rowNorm(x: Tensor, eps: number): Tensor {
  const centred = sub(x, mean(x, { axis: 1, keepDims: true }));
  const variance = mean(square(centred), { axis: 1, keepDims: true });
  return div(centred, sqrt(add(variance, eps)));
}

function rowSoftmax(
  call: FullCall,
  value: Computed<'rowSoftmax'>,
  x: Tensor,
  living: number,
): Tensor {
  if (typeof value.size === 'number') return softmax(x, { axis: 1 });
  const inside = mask(call, value.size.source, x, living);
  return mul(softmax(where(inside, x, -Infinity), { axis: 1 }), inside);
}

function score(
  call: FullCall,
  value: Computed<'score'>,
  values: readonly Tensor[],
  living: number,
): Tensor {
  const [query, memory] = [values[value.query], values[value.memory]];
  const [rows, source, size] = memory.shape;
  const raw =
    value.form === 'dot'
      ? matmul(memory, reshape(query, [rows, size, 1]))
      : matmul(
          tanh(add(memory, reshape(query, [rows, 1, size]))),
          reshape(values[value.vector], [size, 1]),
        );
  const flat = reshape(raw, [rows, source]);
  return where(mask(call, sourceOf(call.program, value.memory), flat, living), flat, 0);
}

function sourceOf(program: Program, memory: number): string {
  const value = program.values[memory];
  return value.kind === 'memory' ? value.source : '';
}

/** Σⱼ weightsⱼ · memoryⱼ; the weights are 0 beyond the length. */
function memorySum(weights: Tensor, memory: Tensor): Tensor {
  const [rows, source, size] = memory.shape;
  return reshape(matmul(reshape(weights, [rows, 1, source]), memory), [rows, size]);
}

/** 1 within the length of each row's memory, 0 beyond. */
function mask(call: FullCall, source: string, like: Tensor, living: number): Tensor {
  const width = like.shape[1];
  const values = hostMemory(like.dtype, [living, width]);
  for (let row = 0; row < living; row++) {
    values.fill(1, row * width, row * width + call.lengths[source][row]);
  }
  return fromHost(values, [living, width], like.dtype, like.storage.backend);
}
