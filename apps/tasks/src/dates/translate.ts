import { beamSearch } from '@unroll/decoding';
import type { EncoderDecoder } from '@unroll/models';
import { noGrad } from '@unroll/tensor';
import { isoLength, sourceOf, startId, targetsOf, targetTokenizer } from './codec.ts';
import type { DatePair } from './dates.ts';

/** Dates that are translated together. */
const TOGETHER = 256;

/** Translates written dates into ISO, character by character, each time the likeliest one. */
export async function translate(
  model: EncoderDecoder,
  written: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const made: string[] = [];
  for (let from = 0; from < written.length; from += TOGETHER) {
    const texts = written.slice(from, from + TOGETHER);
    const found = await beamSearch(model, {
      prompts: texts.map(() => [startId]),
      length: isoLength,
      width: 1,
      state: noGrad(() => model.encode(sourceOf(texts))),
      ...(signal ? { signal } : {}),
    });
    for (const [{ ids }] of found) made.push(targetTokenizer.decode(ids));
  }
  return made;
}

/** How each character of an ISO date looked at the written one, `[isoLength][written]`; undefined without attention. */
export async function looks(
  model: EncoderDecoder,
  { written, iso }: DatePair,
): Promise<number[][] | undefined> {
  const { input } = targetsOf([{ written, iso }]);
  const { attention } = noGrad(() => model.forward(input, model.encode(sourceOf([written]))));
  return (await attention?.rows.toArray()) as number[][] | undefined;
}
