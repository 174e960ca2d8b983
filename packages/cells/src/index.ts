export { type Activation, type Activations, withActivations } from './cell/activations.ts';
export { affine, type Product } from './cell/affine.ts';
export {
  type Cell,
  type CellDefinition,
  type CellSizes,
  defineCell,
  type WeightShapes,
} from './cell/define-cell.ts';
export { type CellDescription, describe, type FullyConnected } from './cell/describe.ts';
export type { Mask, Training } from './cell/mask.ts';
export { cellWeights, type Initializers, type StartOptions } from './cell/start.ts';
export { rnnRelu, rnnTanh } from './cells/elman.ts';
export { gru, gruBefore } from './cells/gru.ts';
export { gruLayerNorm } from './cells/gru-layer-norm.ts';
export { indrnn } from './cells/indrnn.ts';
export { jordan } from './cells/jordan.ts';
export { lectureGru } from './cells/lecture-gru.ts';
export { lectureLstm } from './cells/lecture-lstm.ts';
export { lstm } from './cells/lstm.ts';
export { lstmCoupled } from './cells/lstm-coupled.ts';
export { lstmLayerNorm } from './cells/lstm-layer-norm.ts';
export { lstmPeephole } from './cells/lstm-peephole.ts';
export { lstmProjection, projectedLstm } from './cells/lstm-projection.ts';
export { memoryCell } from './cells/memory-cell.ts';
export { mgu } from './cells/mgu.ts';
export { minGru } from './cells/mingru.ts';
export { minLstm } from './cells/minlstm.ts';
export { type CellName, cellByName, cells } from './cells/names.ts';
export { relevanceGru } from './cells/relevance-gru.ts';
export { relevanceLstm } from './cells/relevance-lstm.ts';
export { sru } from './cells/sru.ts';
export {
  type CellConfig,
  cellConfig,
  cellFromConfig,
  type MadeCellConfig,
} from './config/cell-config.ts';
export { DelayedManyToMany, type DelayedManyToManyOptions } from './heads/delayed-many-to-many.ts';
export { ManyToMany } from './heads/many-to-many.ts';
export { ManyToOne, type ManyToOneOptions, type Pool } from './heads/many-to-one.ts';
export { OneToMany, type OneToManyOptions } from './heads/one-to-many.ts';
export type { HeadOptions } from './heads/options.ts';
export type { Connection, MergeMode } from './layers/layer.ts';
export { GRU, LSTM, RNN } from './layers/layers.ts';
export type { RecurrentLayerOptions } from './layers/options.ts';
export { Recurrent, type RecurrentOptions, type RecurrentResult } from './layers/recurrent.ts';
export type { LayerState, RecurrentState } from './layers/state.ts';
export { type SequenceModel, type Stream, stream } from './layers/stream.ts';
export type { WatchedRun, WatchedValues, Watcher } from './layers/watch.ts';
export {
  type VariationalDropoutOptions,
  variationalDropout,
} from './wrappers/variational-dropout.ts';
export { weightDrop } from './wrappers/weight-drop.ts';
export { zoneout } from './wrappers/zoneout.ts';
