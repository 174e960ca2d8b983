import { LSTM } from '@unroll/cells';
import { drawValues, trace } from '@unroll/inspect';
import { bceWithLogits, Linear } from '@unroll/nn';
import {
  manualSeed,
  noGrad,
  oneHot,
  type RandomStream,
  randomStream,
  Sequence,
  sigmoid,
} from '@unroll/tensor';
import { CharTokenizer } from '@unroll/tokenizers';
import { withoutLabels } from './pictures.ts';
import type { Program, Progress } from './program.ts';
import { train } from './training.ts';

/** What the net reads: any other character is the unknown one. */
const letters = 'abcdefghijklmnopqrstuvwxyz (),.';
const tokenizer = CharTokenizer.train(letters);
const hiddenSize = 6;

interface Net {
  readonly lstm: LSTM;
  readonly head: Linear;
}

let trained: Net | undefined;

/** Trains an LSTM to say at each character whether it stands inside brackets. */
export const trainBrackets: Program<undefined, { readonly loss: number }, Progress> = async (
  _,
  run,
) => {
  manualSeed(5);
  const lstm = new LSTM({ inputSize: tokenizer.vocabSize, hiddenSize });
  const head = new Linear({ inputSize: hiddenSize, outputSize: 1 });
  const net = { lstm, head };
  const dice = randomStream('texts');
  const loss = await train<Progress>(
    {
      steps: 300,
      parameters: [...lstm.parameters(), ...head.parameters()],
      lr: 0.03,
      guessing: Math.log(2),
      batch() {
        const texts = Array.from({ length: 16 }, () => text(40, dice));
        const inside = Sequence.fromArrays(texts.map((one) => insideOf(one).map((x) => [x])));
        return bceWithLogits(scores(net, texts), inside);
      },
    },
    run,
    async () => ({}),
  );
  trained = net;
  return { loss };
};

export interface Read {
  /** Every gate and state of every unit over the text, as SVG. */
  readonly svg: string;
  readonly letters: readonly string[];
  /** The probability of standing inside, at each character. */
  readonly inside: readonly number[];
  /** By symbol, `[step][unit]`. */
  readonly values: Readonly<
    Record<'i' | 'f' | 'o' | 'g' | 'c' | 'h', readonly (readonly number[])[]>
  >;
}

/** Reads the reader's text with the net that was trained. */
export const readBrackets: Program<{ readonly text: string }, Read> = async ({ text }) => {
  if (trained === undefined) throw new Error('Train the net first.');
  const net = trained;
  const characters = [...text.toLowerCase()];
  const x = rowsOf([characters.join('')]);
  const [layer] = trace(net.lstm, x).layers;
  const numbers = await layer.read();
  const inside = await noGrad(() => sigmoid(scores(net, [characters.join('')]).rows)).data();
  const labels = characters.map((c) => (c === ' ' ? '␣' : c));
  const pick = (name: string) => numbers.values[name][0];
  return {
    svg: withoutLabels(drawValues(numbers, { values: ['i', 'f', 'o', 'c', 'h'], labels })),
    letters: labels,
    inside: Array.from(inside, Number),
    values: { i: pick('i'), f: pick('f'), o: pick('o'), g: pick('g'), c: pick('c'), h: pick('h') },
  };
};

function rowsOf(texts: readonly string[]): Sequence {
  const ids = Sequence.fromArrays(texts.map((one) => tokenizer.encode(one)));
  return ids.withRows(oneHot(ids.rows, tokenizer.vocabSize));
}

function scores({ lstm, head }: Net, texts: readonly string[]): Sequence {
  return head.forward(lstm.forward(rowsOf(texts)).output);
}

/** Letters at random, now and then a bracket that opens what the next one closes. */
function text(length: number, dice: RandomStream): string {
  let open = false;
  return Array.from({ length }, () => {
    if (dice.next() < 0.1) {
      open = !open;
      return open ? '(' : ')';
    }
    return letters[Math.floor(dice.next() * letters.length)].replace(/[()]/, ' ');
  }).join('');
}

function insideOf(text: string): number[] {
  let open = 0;
  return [...text].map((c) => {
    if (c === '(') open = 1;
    if (c === ')') open = 0;
    return open;
  });
}
