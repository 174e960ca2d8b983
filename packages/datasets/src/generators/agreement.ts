import { below, needWhole, oneOf, type UniformStream } from './draw.ts';
import { idsIn, type WordExample } from './words.ts';

/** Nouns by number: what the verb must agree with, and what stands in its way. */
const nouns = [
  ['cat', 'dog', 'bird', 'child'],
  ['cats', 'dogs', 'birds', 'children'],
] as const;
const verbs = ['was', 'were'] as const;
const links = ['near', 'behind', 'with', 'above'] as const;

/** The words of {@link agreement}; an id is a place in this list. `was` is 0 and `were` is 1. */
export const agreementWords = [...verbs, ...nouns[0], ...nouns[1], ...links, 'the'] as const;

type Word = (typeof agreementWords)[number];

/**
 * A subject and its verb at a distance, the lectures' `The cat, which already ate …, was/were full`: between them stand
 * other nouns of either number, and the verb must agree with the first.
 *
 *     the cat near dogs behind birds with dog  →  was
 *
 * The noun that stands nearest is right in half of the cases, as a coin is.
 *
 * @param options `distance`: words between subject and verb, 0 or more
 * @returns `2 + distance` ids of {@link agreementWords}, and that of the verb
 * @throws OptionError for a distance that is no whole number from 0 on
 * @example
 * const { input, target } = agreement({ distance: 20 }, randomStream('sentences'));
 * console.log(input.map((id) => agreementWords[id]).join(' '), '→', agreementWords[target]);
 */
export function agreement(
  { distance }: { readonly distance: number },
  stream: UniformStream,
): WordExample {
  needWhole('agreement', 'distance', distance, 0);
  const number = below(verbs.length, stream);
  const between = Array.from(
    { length: distance },
    (_, i): Word => (i % 2 === 0 ? oneOf(links, stream) : oneOf(oneOf(nouns, stream), stream)),
  );
  const words: Word[] = ['the', oneOf(nouns[number], stream), ...between];
  return { input: idsIn(agreementWords, words), target: number };
}
