import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import { type Numbers, readRows } from '../trace/rows.ts';
import type { TracedLayer } from '../trace/traced-layer.ts';
import { gatesOf } from './gates.ts';
import { layersOf, type Traced } from './layers-of.ts';

/** Which share of a gate's values lies near its ends; both in [0, 1]. */
export interface Shares {
  /** Below the lower bound: nothing passes, and no gradient reaches the gate. */
  readonly shut: number;
  /** Above the upper bound: all passes, and no gradient reaches the gate either. */
  readonly open: number;
}

/** How saturated one gate was. */
export interface GateSaturation extends Shares {
  /** The name of the traced layer. */
  readonly layer: string;
  readonly gate: string;
  readonly low: number;
  readonly high: number;
  /** At each step, over the sequences that live then and all units. */
  readonly steps: readonly Shares[];
  /** Of each unit, over all steps of all sequences. */
  readonly units: readonly Shares[];
}

export interface SaturationOptions {
  /** A gate below it counts as shut; default 0.1. */
  readonly low?: number;
  /** A gate above it counts as open; default 0.9. */
  readonly high?: number;
  /** Names of values to count, instead of all results of σ. */
  readonly gates?: readonly string[];
}

/**
 * The share of gate values that are nearly shut or nearly open, per step and per unit, for each gate of each traced layer
 * (Karpathy, Johnson & Fei-Fei 2015). There σ is flat: a gate that is always at one end learns nothing more.
 *
 * @throws OptionError for bounds that are not 0 ≤ low < high ≤ 1, and for a gate that no layer has
 * @example
 * const lstm = new LSTM({ inputSize: 2, hiddenSize: 3 });
 * const gates = await gateSaturation(trace(lstm, ones([4, 7, 2])));
 * console.log(gates.map(({ gate }) => gate)); // ['i', 'f', 'o']
 */
export async function gateSaturation(
  traced: Traced,
  options: SaturationOptions = {},
): Promise<GateSaturation[]> {
  refuseUnknownOptions('gateSaturation', options, { low: true, high: true, gates: true });
  const { low = 0.1, high = 0.9, gates } = options;
  if (!(low >= 0 && low < high && high <= 1)) {
    throw new OptionError('gateSaturation', `needs 0 ≤ low < high ≤ 1; got ${low} and ${high}`, {
      low,
      high,
    });
  }
  const layers = layersOf(traced);
  refuseUnknownGates(layers, gates ?? []);
  const found = layers.flatMap((layer) => {
    const names = gates ? gates.filter((gate) => gate in layer.values) : gatesOf(layer.program);
    return names.map(async (gate) => {
      const numbers = await readRows(layer.values[gate]);
      return { layer: layer.name, gate, low, high, ...countAll(numbers, low, high) };
    });
  });
  return Promise.all(found);
}

function refuseUnknownGates(layers: readonly TracedLayer[], gates: readonly string[]): void {
  const unknown = gates.filter((gate) => layers.every((layer) => !(gate in layer.values)));
  if (unknown.length === 0) return;
  const known = new Set(layers.flatMap((layer) => Object.keys(layer.values)));
  throw new OptionError(
    'gateSaturation',
    `no layer has ${unknown.join(', ')}; they have ${[...known].join(', ')}`,
    { unknown },
  );
}

function countAll(
  numbers: Numbers,
  low: number,
  high: number,
): Pick<GateSaturation, 'shut' | 'open' | 'steps' | 'units'> {
  const count = (values: readonly number[]) => shares(values, low, high);
  const time = Math.max(...numbers.map((steps) => steps.length));
  const size = numbers[0][0].length;
  return {
    ...count(numbers.flat(2)),
    steps: Array.from({ length: time }, (_, t) =>
      count(numbers.flatMap((steps) => steps[t] ?? [])),
    ),
    units: Array.from({ length: size }, (_, unit) => count(numbers.flat().map((row) => row[unit]))),
  };
}

function shares(values: readonly number[], low: number, high: number): Shares {
  const share = (is: (x: number) => boolean) => values.filter(is).length / values.length;
  return { shut: share((x) => x < low), open: share((x) => x > high) };
}
