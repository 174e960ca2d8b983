import { DelayedManyToMany, GRU, ManyToMany, ManyToOne, OneToMany } from '@unroll/cells';
import { Embedding } from '@unroll/nn';
import { manualSeed, noGrad, Sequence, type Tensor } from '@unroll/tensor';
import { CharTokenizer } from '@unroll/tokenizers';
import type { Program } from './program.ts';

export type ShapeName = 'many to one' | 'one to many' | 'many to many' | 'delayed many to many';

export interface ShapesInput {
  readonly shape: ShapeName;
  readonly text: string;
}

/** What the steps of a net read and answer, in order of time. */
export interface ShapesOutput {
  readonly reads: readonly string[];
  readonly answers: readonly (readonly number[] | undefined)[];
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

const sizes = { inputSize: 4, hiddenSize: 8 };
const head = { inputSize: 8, outputSize: 2 };

/** Reads a text with an untrained net of the chosen shape, to show where answers come from and of what shape they are. */
export const shapes: Program<ShapesInput, ShapesOutput> = async ({ shape, text }) => {
  manualSeed(1);
  const letters = [...text];
  const tokenizer = CharTokenizer.train(text);
  const embedding = new Embedding({ numEmbeddings: tokenizer.vocabSize, embeddingSize: 4 });
  const x = embedding.forward(Sequence.fromArrays([tokenizer.encode(text)]));
  const { reads, output, from } = noGrad(() => run(shape, x, letters));
  const rows = (await output.toArray()) as number[][];
  return {
    reads,
    answers: reads.map((_, t) => (t < from ? undefined : rows[t - from])),
    inputShape: [reads.length, sizes.inputSize],
    outputShape: output.shape,
  };
};

function run(shape: ShapeName, x: Sequence, letters: readonly string[]) {
  const net = new GRU(sizes);
  const last = letters.length - 1;
  if (shape === 'many to one') {
    const output = new ManyToOne(head).forward(net.forward(x).output);
    return { reads: letters, output, from: last };
  }
  if (shape === 'many to many') {
    return {
      reads: letters,
      output: rowsOf(new ManyToMany(head).forward(net.forward(x).output)),
      from: 0,
    };
  }
  if (shape === 'one to many') {
    const one = new OneToMany({ ...head, feed: 'first' });
    const steps = one.repeat(x.first(), [5]);
    const reads = [letters[0], ...new Array<string>(4).fill('')];
    return { reads, output: rowsOf(one.forward(net.forward(steps).output)), from: 0 };
  }
  const delayed = new DelayedManyToMany(head);
  const answers = 3;
  const output = delayed.forward(net.forward(delayed.lengthen(x, [answers])).output, [answers]);
  return { reads: [...letters, '', '', ''], output: rowsOf(output), from: letters.length };
}

function rowsOf(x: Sequence): Tensor {
  return x.rows;
}
