import type { RandomStream } from '@unroll/tensor';
import type { Review, Reviews } from './reviews.ts';

const aspects = [
  ...['the plot', 'the acting', 'the music', 'the ending', 'the dialogue', 'the camera work'],
  ...['every scene', 'the cast', 'the humour', 'the villain', 'the first half', 'the romance'],
] as const;

const praise = [
  ...['gripping', 'funny', 'moving', 'clever', 'superb', 'charming', 'fresh', 'honest', 'warm'],
  ...['thrilling', 'graceful', 'brilliant'],
] as const;

const blame = [
  ...['dull', 'clumsy', 'tedious', 'hollow', 'predictable', 'awful', 'noisy', 'flat', 'silly'],
  ...['lifeless', 'muddled', 'painful'],
] as const;

const asides = [
  ...['I saw it on a rainy Tuesday.', 'It runs for two hours.', 'My brother came along.'],
  ...['It was filmed in Norway.', 'The cinema was half full.', 'There is a book of the same name.'],
  ...['We talked about it on the way home.', 'It opens with a train.', 'The poster is blue.'],
] as const;

type Opinion = (aspect: string, adjective: string) => string;

/** Ways to say it as it is, and ways that turn the word around; the last one only when all was said. */
const plain: readonly Opinion[] = [
  (aspect, adjective) => `${aspect} was ${adjective}`,
  (aspect, adjective) => `${aspect} was really ${adjective}`,
  (aspect, adjective) => `I found ${aspect} ${adjective}`,
  (aspect, adjective) => `I expected ${aspect} to be ${adjective}, and so it was`,
];
const turned: readonly Opinion[] = [
  (aspect, adjective) => `${aspect} was not ${adjective}`,
  (aspect, adjective) => `${aspect} was never ${adjective}`,
  (aspect, adjective) => `nobody could call ${aspect} ${adjective}`,
  (aspect, adjective) => `I expected ${aspect} to be ${adjective}, but it was not`,
];

/**
 * Film reviews that nobody wrote: three to nine opinions, an odd number, so that most are good or most are bad, and that is
 * the class. Half of the opinions turn their word around (`not gripping`), which a model that only counts words cannot see.
 */
export function madeUpReviews(count: number, stream: RandomStream): Reviews {
  return {
    name: 'reviews made up from a grammar',
    reviews: Array.from({ length: count }, () => review(stream)),
  };
}

function review(stream: RandomStream): Review {
  const one = <T>(list: readonly T[]) => list[Math.floor(stream.next() * list.length)];
  const opinions = 3 + 2 * Math.floor(4 * stream.next());
  const mood = stream.next() < 0.5;
  const sentences: string[] = [];
  let good = 0;
  for (let i = 0; i < opinions; i++) {
    const isGood = stream.next() < 0.75 ? mood : !mood;
    const isTurned = stream.next() < 0.5;
    const adjective = one(isGood === isTurned ? blame : praise);
    const words = one(isTurned ? turned : plain)(one(aspects), adjective);
    sentences.push(`${words[0].toUpperCase()}${words.slice(1)}${stream.next() < 0.1 ? '!' : '.'}`);
    if (stream.next() < 0.3) sentences.push(one(asides));
    if (isGood) good++;
  }
  return { text: sentences.join(' '), label: good > opinions / 2 ? 'positive' : 'negative' };
}
