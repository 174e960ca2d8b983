export {
  EncoderDecoder,
  type EncoderDecoderOptions,
  type EncoderDecoderState,
} from './encoder-decoder.ts';
export { formatVersion } from './format.ts';
export { LanguageModel, type LanguageModelOptions } from './language-model.ts';
export { load } from './load.ts';
export type { LoadOptions, ModelClass, SaveableModel } from './registry.ts';
export { type GenerateTextOptions, type ModelParts, SavedModel } from './saved-model.ts';
export type { Prediction, PredictOptions } from './text/predict.ts';
export {
  TextClassifier,
  type TextClassifierConfig,
  type TextClassifierOptions,
} from './text/text-classifier.ts';
export { textIds } from './text/text-ids.ts';
export {
  TransformerLanguageModel,
  type TransformerLanguageModelOptions,
} from './transformer-language-model.ts';
