/** Something that one may want, and the packages for it. */
export interface Need {
  readonly id: string;
  readonly words: string;
  readonly packages: readonly string[];
  /** The name of the import whose size `pnpm size` measures, and what that import does. */
  readonly size?: string;
  readonly sizeWords?: string;
}

export const needs: readonly Need[] = [
  { id: 'tensor', words: 'calculate and differentiate', packages: ['tensor'] },
  {
    id: 'loop',
    words: 'train a recurrent network in my own loop',
    packages: ['cells', 'nn', 'optimizers', 'tensor'],
    size: 'gru-training',
    sizeWords: 'A GRU trained with Adam and cross-entropy',
  },
  {
    id: 'trainer',
    words: 'let a trainer do it, from a text file to a saved model',
    packages: ['trainers', 'models', 'datasets', 'tokenizers', 'optimizers', 'tensor'],
    size: 'cpu-stack',
    sizeWords: 'Everything for the CPU',
  },
  {
    id: 'use',
    words: 'use a saved model',
    packages: ['models', 'tensor'],
    size: 'gru-inference',
    sizeWords: 'One GRU that only infers',
  },
  { id: 'decode', words: 'generate text, search with beams, decode CTC', packages: ['decoding'] },
  { id: 'attention', words: 'use attention or Transformers', packages: ['attention'] },
  { id: 'inspect', words: 'look inside a net, draw the report of a run', packages: ['inspect'] },
  { id: 'interop', words: 'exchange weights with PyTorch, Keras, ONNX', packages: ['interop'] },
  { id: 'gpu', words: 'compute on the GPU of a page', packages: ['gpu'] },
];

/** One line for a shell; empty for no need. */
export function installLine(manager: string, ids: readonly string[]): string {
  const packages = needs.filter(({ id }) => ids.includes(id)).flatMap((need) => need.packages);
  if (packages.length === 0) return '';
  return `${manager} ${[...new Set(packages)].map((name) => `@unroll/${name}`).join(' ')}`;
}
