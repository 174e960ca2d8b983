export { affine } from './affine.ts';
export { memorySum, score, scoreGradient } from './attention.ts';
export { columns, columnsGradient, concat } from './columns.ts';
export { pointwise } from './pointwise.ts';
export { rowNorm, rowNormGradient, rowSoftmax, rowSoftmaxGradient, rowSum } from './rows.ts';
