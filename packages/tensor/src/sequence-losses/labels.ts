import { DTypeError, ShapeError } from '@unroll/backend';
import { fromValues } from '../core/create.ts';
import type { Tensor } from '../core/tensor.ts';
import { Sequence } from '../sequence/sequence.ts';

/** Labels of sequences: an int32 sequence, or plain ids, of which there may be none. */
export type Labels = Sequence | readonly ArrayLike<number>[];

/** Ids `[batch, longest]`, of which the first `lengths[i]` of a row count. */
export interface PaddedLabels {
  readonly ids: Tensor;
  readonly lengths: readonly number[];
}

/** @throws ShapeError, DTypeError for what are no labels of that many sequences */
export function labelsOf({ batch }: Sequence, labels: Labels): PaddedLabels {
  const count = labels instanceof Sequence ? labels.batch : labels.length;
  if (count !== batch) {
    throw new ShapeError(
      'ctcLoss',
      `needs the labels of each sequence; got ${count} for a batch of ${batch}`,
      { labels: count, batch },
    );
  }
  return labels instanceof Sequence ? ofSequence(labels) : ofArrays(labels);
}

function ofSequence(labels: Sequence): PaddedLabels {
  const { dtype } = labels.rows;
  if (dtype !== 'int32') {
    throw new DTypeError('ctcLoss', `labels must be int32; got ${dtype}. cast(ids, 'int32')?`);
  }
  if (labels.features.length > 0) {
    throw new ShapeError(
      'ctcLoss',
      `labels must be one id a step; got rows of [${labels.features.join(', ')}]`,
      { features: labels.features },
    );
  }
  return { ids: labels.toBatch(), lengths: labels.lengths };
}

function ofArrays(labels: readonly ArrayLike<number>[]): PaddedLabels {
  const lengths = labels.map(({ length }) => length);
  const longest = Math.max(...lengths);
  const ids = new Int32Array(labels.length * longest);
  for (const [i, list] of labels.entries()) {
    const broken = Array.from(list).find((id) => !Number.isInteger(id));
    if (broken !== undefined) {
      throw new DTypeError('ctcLoss', `labels must be whole numbers; sequence ${i} has ${broken}`);
    }
    ids.set(list, i * longest);
  }
  return { ids: fromValues(ids, [labels.length, longest], 'int32'), lengths };
}
