/** One sentence, as ids into a generator's list of words, and the id of the word that is asked for. */
export interface WordExample {
  readonly input: number[];
  readonly target: number;
}

/** The ids of some words in a list of them. */
export function idsIn<Word extends string>(
  list: readonly Word[],
  words: readonly Word[],
): number[] {
  return words.map((word) => list.indexOf(word));
}
