import { OptionError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import {
  Sequence,
  type StateTree,
  selectRows,
  stateBatch,
  Tensor,
  type Workplace,
} from '@unroll/tensor';
import type { Batch } from './data.ts';
import type { LossFunction } from './options.ts';

/** The loss of a batch and the state after it. */
export interface Forward {
  readonly loss: Tensor;
  readonly state: StateTree | undefined;
}

/** Runs a model on a batch. `state` is what its rows start with. */
export function forward(
  model: Module,
  loss: LossFunction,
  batch: Batch,
  state: StateTree | undefined,
): Forward {
  const start = batch.source ? encoderOf(model).encode(batch.source) : state;
  const result = model.forward(...([batch.input, start] as never[]));
  const { output, state: next } = isOutput(result) ? { output: result } : (result as Result);
  return { loss: loss(output, batch.target), state: next };
}

/** A model with an encoder. */
interface Encoder {
  encode(source: Tensor | Sequence): StateTree;
}

function encoderOf(model: Module): Encoder {
  if (typeof (model as Partial<Encoder>).encode === 'function') return model as never;
  throw new OptionError(
    'Trainer',
    `the batch has a source, and ${model.constructor.name} has no encode(source) to read it with`,
  );
}

type Output = Tensor | Sequence;

interface Result {
  readonly output: Output;
  readonly state?: StateTree;
}

function isOutput(result: unknown): result is Output {
  return result instanceof Tensor || result instanceof Sequence;
}

/** What a batch starts with: nothing where its rows start, else the state of the rows that go on. */
export function startOf(batch: Batch, carried: StateTree | undefined): StateTree | undefined {
  if ((batch.first ?? true) || carried === undefined) return undefined;
  const rows = batch.input instanceof Sequence ? batch.input.batch : batch.input.shape[0];
  if (rows >= stateBatch(carried)) return carried;
  return selectRows(
    carried,
    Int32Array.from({ length: rows }, (_, i) => i),
  );
}

/** Tokens in a batch: its time steps, over all rows. */
export function tokensOf({ input }: Batch): number {
  if (input instanceof Sequence) return input.rows.shape[0];
  return input.shape.slice(0, 2).reduce((n, size) => n * size, 1);
}

/** Over how many elements a batch's mean loss was taken. */
export function weightOf({ target }: Batch): number {
  return target instanceof Sequence ? target.rows.size : target.size;
}

/** A batch as it can be computed with at a workplace. */
export async function bringBatch<B extends Batch>(place: Workplace, batch: B): Promise<B> {
  const brought: [string, Tensor | Sequence][] = [];
  for (const [name, x] of Object.entries(partsOf(batch))) {
    brought.push([name, await place.bring(x)]);
  }
  return { ...batch, ...Object.fromEntries(brought) };
}

/** The shapes of a batch in words, on which the time of a step depends. */
export function shapesOf(batch: Batch): string {
  const shapes = Object.values(partsOf(batch)).map((x) =>
    x instanceof Sequence
      ? `${x.batch} of up to ${x.time} steps [${x.features.join(', ')}]`
      : `[${x.shape.join(', ')}]`,
  );
  return shapes.join(' and ');
}

/** The values that a batch is made of, by name. */
export function partsOf({
  source,
  input,
  target,
}: Batch): Pick<Batch, 'source' | 'input' | 'target'> {
  return { ...(source ? { source } : {}), input, target };
}
