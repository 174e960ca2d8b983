export { type LoadKerasOptions, loadKeras } from './keras/load-keras.ts';
export type { KerasNames } from './keras/pairs.ts';
export { decodeNpz, encodeNpz, type NpzOptions } from './npz/npz.ts';
export { type ExportOnnxOptions, exportOnnx, type OnnxPart } from './onnx/export-onnx.ts';
export { lengthsOfPaddingMask } from './pytorch/padding-mask.ts';
export type { FileOptions, WeightSource } from './pytorch/read.ts';
export {
  type LoadPyTorchOptions,
  loadPyTorch,
  type ToPyTorchOptions,
  toPyTorch,
} from './pytorch/state-dict.ts';
export type { ModuleNames } from './pytorch/walk.ts';
export {
  type Pretrained,
  type PretrainedOptions,
  pretrainedEmbedding,
} from './vectors/embedding.ts';
export type { TextSource } from './vectors/lines.ts';
export {
  readWordVectors,
  type WordVectorOptions,
  type WordVectors,
} from './vectors/word-vectors.ts';
