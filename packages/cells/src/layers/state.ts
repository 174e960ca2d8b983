import { ShapeError } from '@unroll/backend';
import { Tensor, type Tensors } from '@unroll/tensor';

/**
 * The states of one layer: `h`, `c`, … `[batch, hiddenSize]` (a projected h has its own size), and those of the other
 * direction under `backward`.
 */
export type LayerState = { readonly [name: string]: Tensor | Tensors } & {
  readonly backward?: Tensors;
};

/** One entry per layer: `state[layer].h`, `state[layer].backward.h`; rows in the user's order. */
export type RecurrentState = readonly LayerState[];

/** Columns of the states of a cell, by their names. */
export type StateSizes = Readonly<Record<string, number>>;

/** What a state must be to fit. */
export interface StateForm {
  /** Of the cell. */
  readonly name: string;
  readonly sizes: StateSizes;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly batch: number;
}

/**
 * Refuses a state that does not fit, such as that of another model.
 *
 * @param hint what to do about it
 * @throws ShapeError that lists everything that is wrong with it
 */
export function checkState(place: string, state: RecurrentState, form: StateForm, hint = ''): void {
  const faults = Array.isArray(state)
    ? layerFaults(state, form)
    : ['it must be a list with one entry per layer, as forward() gives it'];
  if (faults.length === 0) return;
  throw new ShapeError(place, `the initial state does not fit: ${faults.join('; ')}.${hint}`, {
    faults,
  });
}

function layerFaults(state: RecurrentState, form: StateForm): string[] {
  const { layers, bidirectional } = form;
  if (state.length !== layers) {
    return [`the model has ${layers} layers; the initial state has ${state.length}`];
  }
  return state.flatMap((layer, i) => {
    const at = `state.${i}`;
    if (!isRecord(layer)) return [`${at} must have the states by name`];
    const { backward, ...ahead } = layer;
    const faults = directionFaults(ahead, form, at);
    if (!bidirectional) {
      return backward
        ? [...faults, `${at}.backward is there, but the model has one direction`]
        : faults;
    }
    const back = isRecord(backward)
      ? directionFaults(backward, form, `${at}.backward`)
      : [`${at}.backward is missing`];
    return [...faults, ...back];
  });
}

function directionFaults(
  states: Readonly<Record<string, unknown>>,
  { name, sizes, batch }: StateForm,
  at: string,
): string[] {
  const wrong = Object.entries(sizes).flatMap(([state, size]) => {
    const given = states[state];
    if (given === undefined) return [`${at}.${state} is missing`];
    const shape = given instanceof Tensor ? given.shape : undefined;
    if (shape?.length === 2 && shape[0] === batch && shape[1] === size) return [];
    const got = shape ? `[${shape.join(', ')}]` : String(given);
    return [`${at}.${state} must be [${batch}, ${size}]; got ${got}`];
  });
  const known = Object.keys(sizes);
  const unknown = Object.keys(states).filter((state) => !known.includes(state));
  return [
    ...wrong,
    ...unknown.map((state) => `${at}.${state} is no state of ${name} (${known.join(', ')})`),
  ];
}

function isRecord(x: unknown): x is Readonly<Record<string, unknown>> {
  return typeof x === 'object' && x !== null && !(x instanceof Tensor);
}
