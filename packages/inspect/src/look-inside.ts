import { type GateSaturation, gateSaturation } from './dynamics/gate-saturation.ts';
import { layersOf, type Traced } from './dynamics/layers-of.ts';
import { readAll } from './trace/rows.ts';
import type { LayerNumbers, TracedLayer } from './trace/traced-layer.ts';

/** What a report shows of the inside of recurrent layers. */
export interface Inside {
  readonly gates: readonly GateSaturation[];
  /** What each layer carried over the first sequence, some steps and units of it. */
  readonly states: readonly LayerNumbers[];
  /** A text for each of those steps. */
  readonly labels?: readonly string[];
}

/** As much as a page can show. */
const most = { steps: 40, units: 16 };

/**
 * Reads from a trace what a report shows of it: how saturated the gates were, and what was carried over the first 40 steps
 * of the first sequence by the first 16 units.
 *
 * @param labels a text for each step of that sequence, such as its letters
 * @example
 * const inside = await lookInside(trace(new GRU({ inputSize: 2, hiddenSize: 3 }), ones([2, 7, 2])));
 * console.log(inside.gates.map(({ gate }) => gate)); // ['r', 'z']
 */
export async function lookInside(traced: Traced, labels?: readonly string[]): Promise<Inside> {
  const gates = await gateSaturation(traced);
  const states = await Promise.all(layersOf(traced).map(statesOf));
  return { gates, states, ...(labels ? { labels: labels.slice(0, most.steps) } : {}) };
}

async function statesOf(layer: TracedLayer): Promise<LayerNumbers> {
  const { name, direction, cell } = layer;
  const values = Object.entries(await readAll(layer.states)).map(([state, [first]]) => [
    state,
    [first.slice(0, most.steps).map((row) => row.slice(0, most.units))],
  ]);
  return { name, layer: layer.layer, direction, cell, values: Object.fromEntries(values) };
}
