import type { EncoderDecoder } from '@unroll/models';
import type { DatePair } from './dates.ts';
import { translate } from './translate.ts';

/** How many of some dates are right to the last character. */
interface Score {
  readonly count: number;
  readonly exactMatch: number;
}

/** Lengths of written dates that are counted together: up to so many characters. */
export const lengthBorders = [9, 12, 16, 20, 26, Infinity];

export interface Judgement extends Score {
  /** For each of {@link lengthBorders}. */
  readonly byLength: readonly Score[];
}

/** How well a model does on dates that it has not seen. */
export async function judge(
  model: EncoderDecoder,
  dates: readonly DatePair[],
  signal?: AbortSignal,
): Promise<Judgement> {
  const made = await translate(
    model,
    dates.map(({ written }) => written),
    signal,
  );
  const right = dates.map(({ iso }, i) => iso === made[i]);
  const scoreOf = (chosen: readonly number[]): Score => ({
    count: chosen.length,
    exactMatch: chosen.filter((i) => right[i]).length / chosen.length,
  });
  const all = dates.map((_, i) => i);
  const lengthOf = (i: number) => dates[i].written.length;
  const byLength = lengthBorders.map((border, b) => {
    const low = b === 0 ? 0 : lengthBorders[b - 1];
    return scoreOf(all.filter((i) => lengthOf(i) > low && lengthOf(i) <= border));
  });
  return { ...scoreOf(all), byLength };
}
