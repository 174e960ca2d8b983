import { DataError } from '@unroll/backend';
import { randomStream, type Tensor, takeTurn } from '@unroll/tensor';
import { needLength } from './counts.ts';
import { filtered } from './filtered.ts';
import type { GenerateOptions } from './generate-options.ts';
import { idsOf } from './ids.ts';
import { type Beginning, ModelSteps } from './model-steps.ts';
import { sampler } from './sampler.ts';
import type { SequenceModel } from './sequence-model.ts';
import { Text } from './text.ts';

/** How texts are written after their prompts. */
export interface Writing<State> extends Omit<GenerateOptions<State>, 'prompt'> {
  readonly prompts: readonly ArrayLike<number>[];
  /** Rows of a state; asked for where a text ends before others. */
  readonly select: Beginning<State>['select'];
}

/**
 * Writes texts side by side: gives after each step of the model the new id of each text, undefined for one that is over or
 * whose prompt is still being read. A longer prompt is read on while the shorter ones have theirs behind them.
 */
export function writeTexts<State>(
  operation: string,
  model: SequenceModel<State>,
  writing: Writing<State>,
): AsyncGenerator<(number | undefined)[], void, undefined> {
  const { prompts, length = Number.POSITIVE_INFINITY } = writing;
  for (const [i, prompt] of prompts.entries()) {
    if (prompt.length > 0) continue;
    const which = prompts.length > 1 ? `prompt ${i}` : 'the prompt';
    throw new DataError(operation, `${which} is empty; give at least one id to begin with`);
  }
  needLength(operation, length);
  return write(operation, model, writing, length);
}

async function* write<State>(
  operation: string,
  model: SequenceModel<State>,
  writing: Writing<State>,
  length: number,
): AsyncGenerator<(number | undefined)[], void, undefined> {
  const { prompts, end, constraint, signal, sampler: sample = sampler() } = writing;
  const stream = writing.stream ?? randomStream('sampling');
  const shortest = Math.min(...prompts.map((prompt) => prompt.length));
  const texts = prompts.map((prompt) => new Text(prompt, shortest, { length, end, constraint }));
  let living = texts.filter((text) => text.goesOn(operation));
  if (living.length === 0) return;
  let ids = texts.map(({ seen }) => seen.slice(0, shortest));
  const steps = await ModelSteps.begin(operation, model, beginningOf(ids, writing));
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { last } = steps.read(() => idsOf(ids));
      const written = living.filter((text) => text.isRead);
      const chosen =
        written.length > 0
          ? await sample(
              await possible(last, living),
              stream,
              written.map(({ seen }) => seen),
            )
          : [];
      steps.release();
      await takeTurn();
      signal?.throwIfAborted();
      for (const [i, text] of written.entries()) text.append(chosen[i]);
      yield texts.map((text) => (written.includes(text) ? text.seen.at(-1) : undefined));
      const rest = living.filter((text) => text.goesOn(operation));
      if (rest.length === 0) return;
      if (rest.length < living.length) steps.select(rest.map((text) => living.indexOf(text)));
      living = rest;
      ids = living.map((text) => [text.next()]);
    }
  } finally {
    steps.release();
  }
}

function beginningOf<State>(
  ids: readonly number[][],
  { state, select, signal }: Writing<State>,
): Beginning<State> {
  const last = ids.map((row) => row.slice(-1));
  const rows = ids.map((_, row) => row);
  return { first: () => idsOf(ids), later: () => idsOf(last), rows, state, select, signal };
}

/** The scores of the texts that are written, without what may not come. */
async function possible(scores: Tensor, living: readonly Text[]): Promise<Tensor> {
  if (living.every(({ isRead, allowed }) => isRead && !allowed)) return scores;
  const rows = living.flatMap(({ isRead, allowed }, row) => (isRead ? [{ row, allowed }] : []));
  return filtered(await scores.data(), scores.shape[1], rows);
}
