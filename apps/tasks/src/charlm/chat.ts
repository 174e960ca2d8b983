import { DataError } from '@unroll/backend';
import { manualSeed } from '@unroll/tensor';
import type { Context } from './options.ts';
import { openModel, traitsOf } from './write.ts';

/** Continues what somebody types, line after line, until there is no more. Each line is continued by itself. */
export async function chat(
  modelFolder: string,
  { options, signal, ask, say, write }: Context,
): Promise<void> {
  const saved = await openModel(modelFolder);
  const { seed, temperature } = options;
  const { sample } = traitsOf(saved);
  const length = options.length ?? sample;
  manualSeed(seed);
  say('Type the beginning of a text, and the model goes on. An empty line ends it.');
  for (;;) {
    const text = await ask('> ');
    if (!text) return;
    try {
      write(text);
      for await (const piece of saved.generate(text, { length, temperature, signal })) write(piece);
      write('\n');
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      say(error.message);
    }
  }
}
