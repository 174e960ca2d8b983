import { OptionError } from '@unroll/backend';
import { below, needWhole, oneOf, type UniformStream } from './draw.ts';
import { idsIn, type WordExample } from './words.ts';

/** Subjects by the form of the verb that goes with them. */
const subjects = [
  ['I', 'you', 'we', 'they'],
  ['he', 'she'],
] as const;
const objects = ['bread', 'water', 'books', 'songs'] as const;
const adverbs = ['often', 'gladly', 'slowly', 'now', 'here', 'still'] as const;

/** What can stand in the gap: for each object its verb, in the form of either kind of subject. */
export const middleWordVerbs = [
  ...['eat', 'drink', 'read', 'sing'],
  ...['eats', 'drinks', 'reads', 'sings'],
] as const;

/** The words of {@link middleWord}; an id is a place in this list. */
export const middleWordWords = [
  ...subjects[0],
  ...subjects[1],
  ...objects,
  ...adverbs,
  '___',
] as const;

type Word = (typeof middleWordWords)[number];

/** The largest share of gaps that can be filled rightly by who has read only up to the gap: the object is still to come. */
export const middleWordForwardAccuracy = 1 / objects.length;

/**
 * A sentence with a gap in its middle. Its first word decides the form of the missing verb, its last word decides which verb
 * it is: "like knowing the first and last words of a sentence to predict the middle words", as the lectures explain
 * bidirectional networks (Schuster & Paliwal 1997).
 *
 *     she often here ___ now gladly water  →  drinks
 *
 * @param options `length`: words of the sentence, odd, at least 3
 * @returns ids of {@link middleWordWords}; the target is a place in {@link middleWordVerbs}, to be given at step
 * `(length − 1) / 2`
 * @throws OptionError for an even length or one below 3
 * @example
 * const { input, target } = middleWord({ length: 21 }, randomStream('sentences'));
 * console.log(input.map((id) => middleWordWords[id]).join(' '), '→', middleWordVerbs[target]);
 */
export function middleWord(
  { length }: { readonly length: number },
  stream: UniformStream,
): WordExample {
  needWhole('middleWord', 'length', length, 3);
  if (length % 2 === 0) {
    throw new OptionError('middleWord', `length must be odd, to have a middle; got ${length}`, {
      length,
    });
  }
  const form = below(subjects.length, stream);
  const verb = below(objects.length, stream);
  const filler = () => Array.from({ length: (length - 3) / 2 }, () => oneOf(adverbs, stream));
  const subject = oneOf<Word>(subjects[form], stream);
  const words: Word[] = [subject, ...filler(), '___', ...filler(), objects[verb]];
  return { input: idsIn(middleWordWords, words), target: form * objects.length + verb };
}
