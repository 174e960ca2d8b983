import { below, needWhole, oneOf, type UniformStream } from './draw.ts';
import { idsIn, type WordExample } from './words.ts';

const people = ['Ada', 'Bob', 'Cleo', 'Dan'] as const;
const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;
const chat = ['so', 'well', 'then', 'and', 'but', 'maybe'] as const;
const questions = ['who?', 'phone?'] as const;

/** The words of {@link personPhone}; an id is a place in this list. */
export const personPhoneWords = [...people, ...digits, ...chat, ...questions] as const;

type Word = (typeof personPhoneWords)[number];

/** How a conversation of {@link personPhone} is drawn. */
export interface PersonPhoneOptions {
  /** Words between the last phone number and the question; 0 or more. */
  readonly distance: number;
  /** How many people are introduced before the last one, and are to be forgotten; default 1. */
  readonly earlier?: number;
}

/**
 * The lectures' picture of an LSTM's gates: people are introduced one after another, each with a phone number of one digit,
 * there is some talk, and in the end a question, `who?` or `phone?`, is to be answered for the last of them. The input gate
 * takes a new subject in, the forget gate removes the one before:
 *
 *     Bob 4 Ada 7 well and maybe so phone?  →  7
 *
 * Without memory nothing beats guessing: 1 in 4 for people, 1 in 10 for digits.
 *
 * @returns `2 · (earlier + 1) + distance + 1` ids of {@link personPhoneWords}, and the answer's
 * @throws OptionError for a distance or a number of people that is no whole number from 0 on
 * @example
 * const { input, target } = personPhone({ distance: 20 }, randomStream('calls'));
 * console.log(input.map((id) => personPhoneWords[id]).join(' '), '→', personPhoneWords[target]);
 */
export function personPhone(options: PersonPhoneOptions, stream: UniformStream): WordExample {
  const { distance, earlier = 1 } = options;
  needWhole('personPhone', 'distance', distance, 0);
  needWhole('personPhone', 'earlier', earlier, 0);
  const calls = Array.from(
    { length: earlier + 1 },
    () => [oneOf(people, stream), oneOf(digits, stream)] as const,
  );
  const talk = Array.from({ length: distance }, () => oneOf(chat, stream));
  const asked = below(questions.length, stream);
  const words: Word[] = [...calls.flat(), ...talk, questions[asked]];
  const [target] = idsIn<Word>(personPhoneWords, [calls[earlier][asked]]);
  return { input: idsIn(personPhoneWords, words), target };
}
