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
export { rnnRelu, rnnTanh } from './cells/elman.ts';
export { gru, gruBefore } from './cells/gru.ts';
export { lstm } from './cells/lstm.ts';
export { type CellName, cellByName, cells } from './cells/names.ts';
export { DelayedManyToMany, type DelayedManyToManyOptions } from './heads/delayed-many-to-many.ts';
export { ManyToMany } from './heads/many-to-many.ts';
export { ManyToOne, type ManyToOneOptions } from './heads/many-to-one.ts';
export { OneToMany, type OneToManyOptions } from './heads/one-to-many.ts';
export type { HeadOptions } from './heads/options.ts';
export type { Initializers } from './layers/direction.ts';
export type { Connection, MergeMode } from './layers/layer.ts';
export { GRU, LSTM, RNN } from './layers/layers.ts';
export type { RecurrentLayerOptions } from './layers/options.ts';
export { Recurrent, type RecurrentOptions, type RecurrentResult } from './layers/recurrent.ts';
export type { LayerState, RecurrentState } from './layers/state.ts';
export { type SequenceModel, type Stream, stream } from './layers/stream.ts';
export {
  type VariationalDropoutOptions,
  variationalDropout,
} from './wrappers/variational-dropout.ts';
export { weightDrop } from './wrappers/weight-drop.ts';
export { zoneout } from './wrappers/zoneout.ts';
