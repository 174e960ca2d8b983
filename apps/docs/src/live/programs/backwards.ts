import { beamSearch } from '@unroll/decoding';
import { drawAttention } from '@unroll/inspect';
import { EncoderDecoder } from '@unroll/models';
import { crossEntropy } from '@unroll/nn';
import { manualSeed, noGrad, type RandomStream, randomStream, Sequence } from '@unroll/tensor';
import { withoutLabels } from './pictures.ts';
import type { Program, Progress } from './program.ts';
import { train } from './training.ts';

const alphabet = 'abcdefgh';
const longest = 8;

/** Ids: the start, then the letters. */
const vocabSize = alphabet.length + 1;
const idOf = (letter: string) => alphabet.indexOf(letter) + 1;
let trained: EncoderDecoder | undefined;

/** Trains an encoder and a decoder with attention to write a word backwards. */
export const trainBackwards: Program<undefined, { readonly loss: number }, Progress> = async (
  _,
  run,
) => {
  manualSeed(2);
  const sizes = { sourceVocabSize: vocabSize, targetVocabSize: vocabSize };
  const model = new EncoderDecoder({ ...sizes, embeddingSize: 12, hiddenSize: 32 });
  const dice = randomStream('words');
  const loss = await train<Progress>(
    {
      steps: 350,
      parameters: model.parameters(),
      lr: 0.01,
      guessing: Math.log(alphabet.length),
      batch() {
        const words = Array.from({ length: 32 }, () => word(dice));
        const { output } = model.forward(shifted(words), model.encode(idsOf(words)));
        return crossEntropy(output, idsOf(words.map(turned)));
      },
    },
    run,
    async () => ({}),
  );
  trained = model.eval() as EncoderDecoder;
  return { loss };
};

export interface Written {
  readonly written: string;
  /** The map of attention as SVG. */
  readonly svg: string;
}

/** Writes the reader's letters backwards, and draws where it looked. */
export const writeBackwards: Program<{ readonly word: string }, Written> = async ({ word }) => {
  if (trained === undefined) throw new Error('Train the net first.');
  const model = trained;
  const source = [...word.toLowerCase()]
    .filter((letter) => alphabet.includes(letter))
    .slice(0, longest);
  if (source.length === 0) throw new Error(`Write some of the letters ${alphabet}.`);
  const state = noGrad(() => model.encode(idsOf([source])));
  const [[{ ids }]] = await beamSearch(model, {
    prompts: [[0]],
    length: source.length,
    width: 1,
    state,
  });
  const target = Array.from(ids, (id) => alphabet[id - 1] ?? '?');
  const { attention } = noGrad(() => model.forward(shifted([turned(target)]), state));
  const weights = (await (attention as Sequence).rows.toArray()) as number[][];
  return {
    written: target.join(''),
    svg: withoutLabels(drawAttention({ source, target, weights })),
  };
};

type Word = readonly string[];

function word(dice: RandomStream): Word {
  const length = 3 + Math.floor(dice.next() * (longest - 2));
  return Array.from({ length }, () => alphabet[Math.floor(dice.next() * alphabet.length)]);
}

const turned = (letters: Word): Word => letters.toReversed();

function idsOf(words: readonly Word[]): Sequence {
  return Sequence.fromArrays(
    words.map((letters) => letters.map(idOf)),
    { dtype: 'int32' },
  );
}

/** What the decoder reads when it is to write words backwards: the start, and all letters but the last. */
function shifted(words: readonly Word[]): Sequence {
  const rows = words.map((letters) => [0, ...turned(letters).slice(0, -1).map(idOf)]);
  return Sequence.fromArrays(rows, { dtype: 'int32' });
}
