import type { EmbeddingMap } from '@unroll/inspect';
import type { TextClassifier } from '@unroll/models';
import type { Prepared } from '../prepare.ts';

/** Words that are drawn, all classes together. */
const drawn = 80;

/**
 * The rows of the embedding of those words that tell most about the class, coloured by the class that they speak for in
 * the training part. What the model makes of them it has found by itself.
 */
export async function tellingWords(
  model: TextClassifier,
  { train, tokenizer, parts }: Prepared,
): Promise<EmbeddingMap> {
  // A picture has four colours.
  const labels = parts.labels.length <= 4 ? parts.labels : [];
  const counts = parts.labels.map(() => new Float64Array(tokenizer.vocabSize));
  for (const { ids, label } of train) for (const id of ids) counts[label][id]++;
  const speaks = labels.length === 0 ? frequent(counts) : telling(counts);
  const rows = (await model.embedding.W.toArray()) as number[][];
  return {
    labels: speaks.map(({ id }) => tokenizer.tokens[id]),
    rows: speaks.map(({ id }) => rows[id]),
    ...(labels.length === 0 ? {} : { kinds: speaks.map(({ label }) => labels[label]) }),
  };
}

interface Word {
  readonly id: number;
  readonly label: number;
}

function frequent(counts: readonly Float64Array[]): Word[] {
  const all = counts[0].map((_, id) => counts.reduce((sum, each) => sum + each[id], 0));
  return strongest(all, drawn).map((id) => ({ id, label: 0 }));
}

/** The words with the largest log-odds of one class against the rest, in standard errors (Monroe et al. 2008, eq. 22). */
function telling(counts: readonly Float64Array[]): Word[] {
  const totals = counts.map((each) => each.reduce((sum, n) => sum + n, 0));
  const all = totals.reduce((sum, n) => sum + n, 0);
  return counts.flatMap((own, label) => {
    const scores = own.map((n, id) => {
      const rest = counts.reduce((sum, each) => sum + each[id], 0) - n;
      const odds = (k: number, total: number) => Math.log((k + 1) / (total - k + 1));
      const difference = odds(n, totals[label]) - odds(rest, all - totals[label]);
      return difference / Math.sqrt(1 / (n + 1) + 1 / (rest + 1));
    });
    return strongest(scores, Math.floor(drawn / counts.length)).map((id) => ({ id, label }));
  });
}

/** The ids with the largest scores; 0 stands for no word. */
function strongest(scores: Float64Array, count: number): number[] {
  const ids = Array.from(scores, (_, id) => id).slice(1);
  return ids.sort((a, b) => scores[b] - scores[a]).slice(0, count);
}
