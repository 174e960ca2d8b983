import type { CellName } from '@unroll/cells';
import { contiguousWindows, type WindowBatch } from '@unroll/datasets';
import { generate, sampler } from '@unroll/decoding';
import { LanguageModel } from '@unroll/models';
import { crossEntropy } from '@unroll/nn';
import { detachState, manualSeed, randomStream } from '@unroll/tensor';
import { CharTokenizer } from '@unroll/tokenizers';
import type { Program, Progress } from './program.ts';
import { train } from './training.ts';

export interface CharactersInput {
  readonly text: string;
  readonly cell: CellName;
}

export interface CharactersNews extends Progress {
  readonly sample: string;
}

export interface CharactersOutput {
  readonly loss: number;
  readonly parameters: number;
  readonly seconds: number;
  readonly sample: string;
}

/** Fewer characters cannot fill a batch. */
const fewestCharacters = 600;

/** Trains a character model on the reader's text, with windows of 24 characters and carried state. */
export const characters: Program<CharactersInput, CharactersOutput, CharactersNews> = async (
  { text, cell },
  run,
) => {
  if (text.length < fewestCharacters) {
    throw new Error(
      `The text has ${text.length} characters; give it at least ${fewestCharacters}.`,
    );
  }
  const start = performance.now();
  manualSeed(1);
  const tokenizer = CharTokenizer.train(text);
  const ids = tokenizer.encode(text);
  const { vocabSize } = tokenizer;
  const model = new LanguageModel({ vocabSize, embeddingSize: 24, hiddenSize: 64, cell });
  const windows = contiguousWindows(ids, { batchSize: 16, window: 24 });
  const next = endless(windows);
  let state: ReturnType<typeof model.forward>['state'] | undefined;
  const sampleOf = async () => {
    const parts: number[] = [];
    const settings = {
      prompt: ids.slice(0, 8),
      length: 90,
      sampler: sampler({ temperature: 0.7 }),
    };
    model.eval();
    for await (const id of generate(model, { ...settings, stream: randomStream('sample') }))
      parts.push(id);
    model.train();
    return tokenizer.decode([...settings.prompt, ...parts]);
  };
  const loss = await train<CharactersNews>(
    {
      steps: 1000,
      parameters: model.parameters(),
      lr: 0.006,
      guessing: Math.log(vocabSize),
      batch() {
        const { input, target, first } = next();
        const result = model.forward(input, first ? undefined : state);
        state = detachState(result.state);
        return crossEntropy(result.output, target);
      },
    },
    run,
    async () => ({ sample: await sampleOf() }),
  );
  const parameters = model.parameters().reduce((sum, { size }) => sum + size, 0);
  return {
    loss,
    parameters,
    seconds: (performance.now() - start) / 1000,
    sample: await sampleOf(),
  };
};

/** Epoch after epoch. */
function endless(windows: Iterable<WindowBatch>): () => WindowBatch {
  let epoch = windows[Symbol.iterator]();
  return () => {
    const { value, done } = epoch.next();
    if (!done) return value;
    epoch = windows[Symbol.iterator]();
    return epoch.next().value as WindowBatch;
  };
}
