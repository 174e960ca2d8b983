export type { Batches, BatchesState, BatchOptions } from './batches.ts';
export { batches } from './batches.ts';
export type { BucketOptions } from './bucket-order.ts';
export type { ContiguousWindows, WindowBatch, WindowsState } from './contiguous-windows.ts';
export { contiguousWindows } from './contiguous-windows.ts';
export type { Dataset } from './dataset.ts';
export { ArrayDataset } from './dataset.ts';
export { type AddingExample, addingMeanMse, addingProblem } from './generators/adding.ts';
export { agreement, agreementWords } from './generators/agreement.ts';
export type { UniformStream } from './generators/draw.ts';
export {
  middleWord,
  middleWordForwardAccuracy,
  middleWordVerbs,
  middleWordWords,
} from './generators/middle-word.ts';
export {
  type PersonPhoneOptions,
  personPhone,
  personPhoneWords,
} from './generators/person-phone.ts';
export type { WordExample } from './generators/words.ts';
export { gutenbergText } from './gutenberg.ts';
export type { Tail, WindowOptions } from './layout.ts';
export type { PermutationStream } from './permutation-stream.ts';
export type { PositionState } from './position.ts';
export type { TextSource } from './read-bytes.ts';
export { readTable } from './read-table.ts';
export { readText } from './read-text.ts';
export { type SplitOptions, splitExamples } from './split-examples.ts';
export type { Fractions, Split } from './split-text.ts';
export { splitText } from './split-text.ts';
export {
  parseTable,
  type Row,
  type Table,
  type TableFormat,
  type TableOptions,
} from './table/parse-table.ts';
export type { Newlines, TextOptions } from './utf8.ts';
