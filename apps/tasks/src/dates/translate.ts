import type { EncoderDecoder } from '@unroll/models';
import { argmax, noGrad, Sequence, type Tensor, takeTurn, tensor } from '@unroll/tensor';
import { isoLength, sourceOf, startId, targetTokenizer } from './codec.ts';

/** What a model made of a written date. */
export interface Translation {
  readonly iso: string;
  /** With attention: how each character looked at the written ones, `[isoLength][written]`. */
  readonly weights?: readonly (readonly number[])[];
}

/** Dates that are translated together. */
const TOGETHER = 256;

/** Translates written dates, character by character, each time the likeliest one. */
export async function translate(
  model: EncoderDecoder,
  written: readonly string[],
  signal?: AbortSignal,
): Promise<Translation[]> {
  const { training } = model;
  model.eval();
  const made: Translation[] = [];
  try {
    for (let from = 0; from < written.length; from += TOGETHER) {
      signal?.throwIfAborted();
      made.push(...(await translateBatch(model, written.slice(from, from + TOGETHER))));
      await takeTurn();
    }
  } finally {
    if (training) model.train();
  }
  return made;
}

async function translateBatch(
  model: EncoderDecoder,
  written: readonly string[],
): Promise<Translation[]> {
  const source = sourceOf(written.map((text) => ({ written: text })));
  let state = noGrad(() => model.encode(source));
  let ids: Int32Array = new Int32Array(written.length).fill(startId);
  const texts = written.map(() => '');
  const looks: Tensor[] = [];
  for (let step = 0; step < isoLength; step++) {
    const before = tensor(ids, { shape: [written.length, 1] });
    const result = noGrad(() => model.forward(Sequence.fromBatch(before), state));
    state = result.state;
    if (result.attention) looks.push(result.attention.toBatch());
    ids = (await argmax(result.output.toBatch(), { axis: 2 }).data()) as Int32Array;
    for (const [i, id] of ids.entries()) texts[i] += targetTokenizer.decode([id]);
  }
  const weights = await Promise.all(looks.map((look) => look.data()));
  return texts.map((iso, i) => {
    if (weights.length === 0) return { iso };
    const own = (all: ArrayLike<number>) =>
      Array.from({ length: written[i].length }, (_, j) => all[i * source.time + j]);
    return { iso, weights: weights.map(own) };
  });
}
