export { type Attention, keysInSight, type RowPlaces, type Sight } from './contract/attention.ts';
export type {
  Absent,
  Backend,
  Freeing,
  FusedKernels,
  Kernels,
  Lending,
  Memory,
  Operand,
  Reduction,
} from './contract/backend.ts';
export type { DType, TypedArray, TypedArrays } from './contract/dtype.ts';
export { allocate, bytesOf, dtypeOf, dtypes, isFloating } from './contract/dtype.ts';
export type { ErrorDetails } from './contract/errors.ts';
export {
  AutogradError,
  DataError,
  DeviceLostError,
  DTypeError,
  FileError,
  IndexError,
  NumericError,
  OptionError,
  OutOfMemoryError,
  ShapeError,
  UnrollError,
  UnsupportedError,
} from './contract/errors.ts';
export type { Fact } from './contract/fact.ts';
export { refuseUnknownOptions, unknownOptions } from './contract/options.ts';
export type { Crf, CrfResult, Ctc, CtcResult } from './contract/sequence-losses.ts';
export type { Shape } from './contract/shape.ts';
export {
  aroundAxis,
  broadcast,
  broadcastStrides,
  sameShape,
  sizeOf,
  stridesOf,
} from './contract/shape.ts';
export type { Span, SpanSink } from './contract/trace.ts';
export type { PointwiseEntry } from './formula/entry.ts';
export { evaluateFormula } from './formula/evaluate.ts';
export type { Expression } from './formula/expression.ts';
export * as expression from './formula/expression.ts';
export type { Binary, Formula, Primitive, Step, Ternary, Unary } from './formula/formula.ts';
export { gradientFormula } from './formula/gradient.ts';
export { printFormula } from './formula/print.ts';
export { selectOutputs } from './formula/select-outputs.ts';
export type { PointwiseName } from './formula/table.ts';
export { pointwiseEntry, table } from './formula/table.ts';
export { constantOutputs, expand, toFormula, usedArguments } from './formula/to-formula.ts';
export * as math from './math/index.ts';
export type { Product } from './program/build.ts';
export { ProgramBuilder, programBuilder } from './program/build.ts';
export { checkProgram } from './program/check.ts';
export { allGradients, cotangentName, derivativeOf, derive } from './program/derive.ts';
export { type Columns, formulaFlops, programFlops, sumFlops, valueFlops } from './program/flops.ts';
export { isNamed, namedValues } from './program/names.ts';
export { printProgram } from './program/print.ts';
export type {
  Computation,
  Output,
  ParameterSpec,
  Program,
  Ref,
  Size,
  Source,
  State,
  Sum,
  Term,
  Value,
  Window,
} from './program/program.ts';
export { type Changes, inline, type NewState, rewrite } from './program/rewrite.ts';
export { isSource, operandsOf, sumOperands } from './program/rules.ts';
export type {
  Scan,
  ScanBackward,
  ScanGradients,
  ScanResult,
  Schedule,
  SourceLengths,
  WantedGradients,
} from './program/scan.ts';
export { fillBernoulli } from './random/bernoulli.ts';
export { threefry } from './random/threefry.ts';
export { fillWords, type RandomPlace } from './random/words.ts';
export { type CtcChain, ctcChains } from './reference/ctc-chains.ts';
export { checkedIds } from './reference/indexed.ts';
export { reference } from './reference/reference.ts';
export { sourcesOf } from './reference/scan/inputs.ts';
