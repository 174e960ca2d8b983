export { clipGradNorm } from './clipping/clip-grad-norm.ts';
export { clipGradValue } from './clipping/clip-grad-value.ts';
export type { ClipOptions } from './clipping/limits.ts';
export type { OptimizerOptions, ParameterGroup, ParameterInput } from './optimizer/groups.ts';
export { Optimizer } from './optimizer/optimizer.ts';
export type { OptimizerState, Slots, StateGroup } from './optimizer/state.ts';
export { Adagrad, type AdagradOptions } from './optimizers/adagrad.ts';
export { Adam } from './optimizers/adam.ts';
export type { AdamOptions } from './optimizers/adam-update.ts';
export { AdamW } from './optimizers/adamw.ts';
export { NAdam, type NAdamOptions } from './optimizers/nadam.ts';
export { RMSprop, type RMSpropOptions } from './optimizers/rmsprop.ts';
export { Rprop, type RpropOptions } from './optimizers/rprop.ts';
export { SGD, type SGDOptions } from './optimizers/sgd.ts';
export { SignSGD } from './optimizers/sign-sgd.ts';
export { ClosedFormSchedule, type Rate } from './schedules/closed-form.ts';
export {
  CosineAnnealingLR,
  type CosineAnnealingLROptions,
} from './schedules/cosine-annealing-lr.ts';
export { ExponentialLR } from './schedules/exponential-lr.ts';
export { LinearWarmup, type LinearWarmupOptions } from './schedules/linear-warmup.ts';
export { MultiStepLR, type MultiStepLROptions } from './schedules/multi-step-lr.ts';
export { OneCycleLR, type OneCycleLROptions } from './schedules/one-cycle-lr.ts';
export {
  ReduceLROnPlateau,
  type ReduceLROnPlateauOptions,
} from './schedules/reduce-lr-on-plateau.ts';
export { Schedule, type Scheduled, type ScheduleState } from './schedules/schedule.ts';
export { SequentialLR, type SequentialLROptions } from './schedules/sequential-lr.ts';
export { StepLR, type StepLROptions } from './schedules/step-lr.ts';
