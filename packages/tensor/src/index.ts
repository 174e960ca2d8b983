export { scaledDotProductAttention } from './attention/attention.ts';
export type { AttentionOptions } from './attention/options.ts';
export { turnPairs } from './attention/turns.ts';
export { attentionWeights, weightedSum } from './attention/weights.ts';
export { type AnswerStore, type Auto, type AutoOptions, auto } from './auto/auto.ts';
export { chooseBackend, resumeBackend } from './auto/choose.ts';
export { type DeviceChoice, describeChoice } from './auto/device-choice.ts';
export { readingPlace, type Weighted } from './auto/reading.ts';
export type { Trial } from './auto/trial.ts';
export { here, type Workplace, workplaceOn } from './auto/workplace.ts';
export { backward, grad, gradWhereUsed } from './autograd/backward.ts';
export { defineOp, type OpDefinition } from './autograd/define-op.ts';
export {
  type Differentiable,
  type GradcheckOptions,
  gradcheck,
  gradgradcheck,
} from './autograd/gradcheck.ts';
export { detectAnomaly, isAnomalyEnabled, isGradEnabled, noGrad } from './autograd/mode.ts';
export { valueAndGrad } from './autograd/value-and-grad.ts';
export { asTensor } from './core/accept.ts';
export { assign } from './core/assign.ts';
export {
  arange,
  type CreateOptions,
  eye,
  fromValues,
  full,
  ones,
  onesLike,
  parameter,
  type TensorOptions,
  tensor,
  zeros,
  zerosLike,
} from './core/create.ts';
export { backendFor, currentAuto, currentBackend, useBackend } from './core/engine.ts';
export { type MoveOptions, moveToBackend } from './core/move-to-backend.ts';
export type { Nested } from './core/nested.ts';
export { keep, replaceHeld, StepMemory } from './core/releasing.ts';
export { Symbolic, type Tracer } from './core/symbolic.ts';
export {
  type BackwardOptions,
  type GradientHook,
  Parameter,
  Tensor,
} from './core/tensor.ts';
export { giveTurn, takeTurn } from './core/turn.ts';
export * from './operations/arithmetic.ts';
export { cast } from './operations/cast.ts';
export { broadcastTo, reshape } from './operations/core.ts';
export { softmaxCrossEntropy } from './operations/cross-entropy.ts';
export { cumsum } from './operations/cumsum.ts';
export { einsum } from './operations/einsum.ts';
export { fuse } from './operations/fuse.ts';
export { concat, split, stack } from './operations/join.ts';
export { type MatmulOptions, matmul } from './operations/matmul.ts';
export { normalize } from './operations/normalize.ts';
export {
  type ArgOptions,
  argmax,
  argmin,
  max,
  mean,
  min,
  type ReduceOptions,
  sum,
} from './operations/reduce.ts';
export { gather, indexSelect, oneHot, scatterAdd } from './operations/select.ts';
export { flip, pad, type SliceOptions, slice } from './operations/slice.ts';
export { logSoftmax, logsumexp, softmax } from './operations/softmax.ts';
export { norm, sumOfSquares, variance } from './operations/statistics.ts';
export { squeeze, transpose, unsqueeze } from './operations/transpose.ts';
export type { ProfileEntry, ProfileRow } from './profile/entry.ts';
export { explain } from './profile/explain.ts';
export { type DeviceReport, explainDevice } from './profile/explain-device.ts';
export { type Profile, type Profiled, profile } from './profile/profile.ts';
export {
  manualSeed,
  nextStreamName,
  type RandomState,
  randomState,
  randomStream,
  setRandomState,
} from './random/random.ts';
export type {
  BernoulliOptions,
  IntegersOptions,
  NormalOptions,
  RandomStream,
  UniformOptions,
} from './random/stream.ts';
export type { ScanCall, ScanOutput, Tensors } from './recurrence/call.ts';
export { scan } from './recurrence/scan.ts';
export {
  memorySum,
  rowNorm,
  type StepFunction,
  type StepInputs,
  type StepResult,
  score,
  traceProgram,
} from './recurrence/trace.ts';
export { concatFeatures } from './sequence/concat-features.ts';
export { Sequence } from './sequence/sequence.ts';
export { type ChainScores, crfLosses } from './sequence-losses/crf.ts';
export { type CtcOptions, ctcLosses } from './sequence-losses/ctc.ts';
export type { Labels } from './sequence-losses/labels.ts';
export { stateFromTensors, stateToTensors } from './state/names.ts';
export { detachState, mapState, resetRows, selectRows, stateBatch } from './state/state.ts';
export type { StateTree } from './state/tree.ts';
