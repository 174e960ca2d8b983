import type { FunctionBuilder } from '../assembly/function.ts';
import { max, min, sum } from '../kernels/accumulator.ts';
import { attentionRowFunctions } from '../kernels/attention-rows.ts';
import { attentionScoreFunctions } from '../kernels/attention-scores.ts';
import { bernoulliFunction } from '../kernels/bernoulli-function.ts';
import { normalizeBackwardFunction, normalizeFunction } from '../kernels/normalize-functions.ts';
import {
  packPanelsFunction,
  packStripsFunction,
  packTransposedPanelsFunction,
} from '../kernels/pack.ts';
import { productFunction } from '../kernels/product.ts';
import { rowFunction } from '../kernels/product-row.ts';
import { reduceColumnsFunction, reduceRowsFunction } from '../kernels/reduce-functions.ts';
import {
  additiveScoreFunction,
  additiveScoreGradientFunction,
  dotScoreFunction,
  memorySumFunction,
} from '../kernels/row-attention.ts';
import {
  addKeysFunction,
  addOuterFunction,
  addVectorFunction,
} from '../kernels/row-attention-sums.ts';
import { clearColumnsFunction, copyColumnsFunction } from '../kernels/row-columns.ts';
import { rowNormFunction, rowNormGradientFunction } from '../kernels/row-norm.ts';
import {
  rowSoftmaxFunction,
  rowSoftmaxGradientFunction,
  rowSumFunction,
} from '../kernels/row-softmax.ts';
import { addRowsFunction, fillRowsFunction } from '../kernels/rows.ts';
import {
  logMassFunction,
  scaledSoftmaxFunction,
  softmaxFunction,
} from '../kernels/softmax-functions.ts';
import { type MultiplyAdd, tileFunction } from '../kernels/tile.ts';
import type { Simd } from './simd.ts';

/** The functions that every machine has. */
export function kernelFunctions({ madd, tile }: Simd): FunctionBuilder[] {
  const heights = Array.from({ length: tile.rows }, (_, i) => ({ ...tile, rows: i + 1 }));
  const functions = [
    ...heights.flatMap((shape) => [
      tileFunction(shape, 'rows', madd),
      tileFunction(shape, 'packed', madd),
    ]),
    packPanelsFunction(tile.columns),
    packTransposedPanelsFunction(tile.columns),
    packStripsFunction(tile.rows),
    fillRowsFunction(),
    addRowsFunction(),
    reduceRowsFunction('sumRows', sum),
    reduceRowsFunction('maxRows', max),
    reduceRowsFunction('minRows', min),
    reduceColumnsFunction('sumColumns', sum),
    reduceColumnsFunction('maxColumns', max),
    reduceColumnsFunction('minColumns', min),
    softmaxFunction('softmax', madd),
    softmaxFunction('logSoftmax', madd),
    logMassFunction(madd),
    scaledSoftmaxFunction(madd),
    normalizeFunction(),
    normalizeBackwardFunction(),
    bernoulliFunction(madd),
    ...rowFunctions(madd),
    ...attentionRowFunctions(madd),
    ...attentionScoreFunctions(madd),
  ];
  const indexOf = (name: string) => functions.findIndex((fn) => fn.name === name);
  return [
    ...functions,
    productFunction('rows', indexOf, tile),
    productFunction('packed', indexOf, tile),
    rowFunction(tile, madd, indexOf),
  ];
}

/** What recurrence programs compute row by row. */
function rowFunctions(madd: MultiplyAdd): FunctionBuilder[] {
  return [
    rowNormFunction(madd),
    rowNormGradientFunction(madd),
    rowSoftmaxFunction(madd),
    rowSoftmaxGradientFunction(madd),
    rowSumFunction(),
    copyColumnsFunction(),
    clearColumnsFunction(),
    dotScoreFunction(madd),
    additiveScoreFunction(madd),
    additiveScoreGradientFunction(madd),
    memorySumFunction(madd),
    addOuterFunction(madd),
    addKeysFunction(madd),
    addVectorFunction(madd),
  ];
}
