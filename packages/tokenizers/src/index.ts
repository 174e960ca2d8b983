export { CharTokenizer } from './char-tokenizer.ts';
export { TokenizerError } from './errors.ts';
export { tokenizerFromJSON } from './from-json.ts';
export type { Tokenizer, TokenizerJSON } from './tokenizer.ts';
export { unknownShare } from './tokenizer.ts';
export type { VocabularyOptions } from './vocabulary.ts';
export { WordTokenizer, type WordTokenizerOptions } from './word-tokenizer.ts';
export { type WordOptions, words } from './words.ts';
