import type { Tokenizer } from '@unroll/tokenizers';
import type { Reviews } from './data/reviews.ts';
import type { Settings } from './settings.ts';
import { countsOf, type Parts, split } from './steps/split.ts';
import { uniqueWords } from './steps/unique-words.ts';
import { type Encoded, unknownOf, wordToInteger } from './steps/word-to-integer.ts';

/** Everything that training and judging read. */
export interface Prepared {
  readonly parts: Parts;
  readonly tokenizer: Tokenizer;
  readonly train: readonly Encoded[];
  readonly valid: readonly Encoded[];
  /** The share of words that the vocabulary does not have, in the training and in the test part. */
  readonly unknown: { readonly train: number; readonly test: number };
}

const number = (n: number) => n.toLocaleString('en-US');
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** The steps of the lecture's first project, under its names; the fourth is done while training. */
export function prepare(
  reviews: Reviews,
  settings: Settings,
  say: (line: string) => void = () => undefined,
): Prepared {
  const { maxLength, batchSize } = settings;
  const parts = split(reviews);
  const { train, valid, test, labels } = parts;
  say('1. split into training, validation and test');
  say(`   ${number(train.length)}, ${number(valid.length)} and ${number(test.length)} texts`);
  say(`   training: ${classesIn(countsOf(train, labels), labels)}`);

  const tokenizer = uniqueWords(train, settings);
  say('2. unique words of the training part');
  say(`   ${number(tokenizer.vocabSize)} are kept, <unk> stands for the others`);

  const encode = (part: typeof train) => wordToInteger(part, { tokenizer, labels, maxLength });
  const [learned, watched, judged] = [encode(train), encode(valid), encode(test)];
  const unknown = {
    train: unknownOf(learned, tokenizer.unkId),
    test: unknownOf(judged, tokenizer.unkId),
  };
  say('3. word → integer');
  say(`   ${sample(learned[0], tokenizer)}`);
  say(
    `   unknown: ${percent(unknown.train)} of the training part, ${percent(unknown.test)} of the test`,
  );

  const lengths = learned.map(({ ids }) => ids.length);
  const mean = lengths.reduce((sum, n) => sum + n, 0) / lengths.length;
  say('4. mini-batches');
  say(
    `   ${number(Math.ceil(learned.length / batchSize))} an epoch, of ${batchSize} texts of like length; a text has ${mean.toFixed(0)} words`,
  );
  return { parts, tokenizer, train: learned, valid: watched, unknown };
}

function classesIn(counts: readonly number[], labels: readonly string[]): string {
  const shown = labels.slice(0, 8).map((label, i) => `${number(counts[i])} ${label}`);
  return `${shown.join(', ')}${labels.length > 8 ? `, … (${labels.length} classes)` : ''}`;
}

function sample({ ids }: Encoded, tokenizer: Tokenizer): string {
  const few = [...ids].slice(0, 6);
  return `${few.map((id) => `${tokenizer.tokens[id]} ${id}`).join(', ')}${ids.length > 6 ? ', …' : ''}`;
}
