import { crossEntropy, Embedding, Linear } from '@unroll/nn';
import { manualSeed, type RandomStream, randomStream, tensor } from '@unroll/tensor';
import { drawMap } from './pictures.ts';
import type { Program, Progress } from './program.ts';
import { train } from './training.ts';

/** Who does what: any animal with any verb, and each verb with its own things. */
const animals = ['cat', 'dog', 'cow', 'bird'];
const verbs = { eats: ['fish', 'grass', 'seeds'], drinks: ['milk', 'water', 'tea'] };
const things = Object.values(verbs).flat();
const words = [...animals, ...Object.keys(verbs), ...things];
const kindOf = (word: string) =>
  animals.includes(word)
    ? 'animal'
    : word in verbs
      ? 'verb'
      : verbs.eats.includes(word)
        ? 'food'
        : 'drink';

const kinds = ['animal', 'verb', 'food', 'drink'] as const;

export interface WordsNews extends Progress {
  readonly map: string;
}

export interface WordsOutput {
  readonly loss: number;
  readonly map: string;
}

/** Gives each word two numbers, so that one can tell from them which word stands next to it (Mikolov et al. 2013, skip-gram). */
export const embedWords: Program<undefined, WordsOutput, WordsNews> = async (_, run) => {
  manualSeed(4);
  const dice = randomStream('sentences');
  const embedding = new Embedding({ numEmbeddings: words.length, embeddingSize: 2 });
  const head = new Linear({ inputSize: 2, outputSize: words.length });
  const mapOf = async () => {
    const rows = (await embedding
      .forward(
        tensor(
          words.map((_, i) => i),
          { dtype: 'int32' },
        ),
      )
      .toArray()) as number[][];
    return drawMap(
      words.map((word, i) => ({ word, kind: kindOf(word), x: rows[i][0], y: rows[i][1] })),
      kinds,
    );
  };
  const loss = await train<WordsNews>(
    {
      steps: 500,
      parameters: [...embedding.parameters(), ...head.parameters()],
      lr: 0.05,
      guessing: Math.log(words.length),
      batch() {
        const pairs = Array.from({ length: 64 }, () => pair(dice));
        const [word, neighbour] = [0, 1].map((i) =>
          tensor(
            pairs.map((one) => one[i]),
            { dtype: 'int32' },
          ),
        );
        return crossEntropy(head.forward(embedding.forward(word)), neighbour);
      },
    },
    run,
    async () => ({ map: await mapOf() }),
  );
  return { loss, map: await mapOf() };
};

/** A word of a sentence such as `cat drinks milk`, and one that stands beside it. */
function pair(dice: RandomStream): readonly [number, number] {
  const one = <T>(list: readonly T[]) => list[Math.floor(dice.next() * list.length)];
  const verb = one(Object.keys(verbs) as (keyof typeof verbs)[]);
  const sentence = [one(animals), verb, one(verbs[verb])].map((word) => words.indexOf(word));
  const at = one([0, 1]);
  const [a, b] = [sentence[at], sentence[at + 1]];
  return dice.next() < 0.5 ? [a, b] : [b, a];
}
