import { ShapeError } from '@unroll/backend';
import { type Sequence, type Tensor, type Tensors, zeros } from '@unroll/tensor';
import type { Cell } from '../cell/define-cell.ts';

/** The states of one layer: `h`, `c`, … `[batch, hiddenSize]`, and those of the other direction under `backward`. */
export type LayerState = { readonly [name: string]: Tensor | Tensors } & {
  readonly backward?: Tensors;
};

/** One entry per layer: `state[layer].h`, `state[layer].backward.h`; rows in the user's order. */
export type RecurrentState = readonly LayerState[];

/** The initial states of one direction, zeros where none are given, in the order in which the scan wants its rows. */
export function initialStates(
  cell: Cell,
  hiddenSize: number,
  sequence: Sequence,
  given: LayerState | Tensors | undefined,
  place: string,
): Tensors {
  const shape = [sequence.batch, hiddenSize];
  const { dtype } = sequence.rows;
  if (given) checkStates(cell, given, shape, place);
  return Object.fromEntries(
    cell.states.map((name) => {
      const state = given?.[name] as Tensor | undefined;
      return [name, state ? sequence.fromUserOrder(state) : zeros(shape, { dtype })];
    }),
  );
}

function checkStates(
  cell: Cell,
  given: LayerState | Tensors,
  shape: readonly number[],
  place: string,
): void {
  const wrong = cell.states.flatMap((name) => {
    const state = given[name] as Tensor | undefined;
    if (!state) return [`${name} is missing`];
    const fits = state.shape?.length === 2 && state.shape.every((n, axis) => n === shape[axis]);
    return fits ? [] : [`${name} must be [${shape.join(', ')}]; got [${state.shape?.join(', ')}]`];
  });
  const unknown = Object.keys(given).filter(
    (name) => !cell.states.includes(name) && name !== 'backward',
  );
  wrong.push(
    ...unknown.map((name) => `${name} is no state of ${cell.name} (${cell.states.join(', ')})`),
  );
  if (wrong.length > 0)
    throw new ShapeError(place, `the initial state does not fit: ${wrong.join('; ')}`);
}
