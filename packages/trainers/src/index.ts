export type { Callback, RunView } from './callback.ts';
export { type Checkpoint, type CheckpointStore, memoryCheckpoints } from './checkpoint.ts';
export {
  type Calibration,
  calibration,
  type ReliabilityBin,
} from './classification/calibration.ts';
export {
  accuracy,
  type ConfusionMatrix,
  confusionMatrix,
} from './classification/confusion-matrix.ts';
export { type ClassScores, type F1Scores, f1Scores } from './classification/f1.ts';
export { type Batch, type Data, mapData } from './data.ts';
export { type EvaluateOptions, evaluate } from './evaluate.ts';
export type { Best, History, StepRecord, Stopped, ValidRecord } from './history.ts';
export { type LayerGradient, layerGradients } from './layer-gradients.ts';
export { bitsPerToken, perplexity } from './metrics.ts';
export type { Clip, FitOptions, LossFunction, TrainerOptions } from './options.ts';
export { Trainer } from './trainer.ts';
export type { BatchCheck, CheckOptions } from './warnings/overfit.ts';
export type { TrainingWarning } from './warnings/warning.ts';
