import { looksLikeZip, readZip } from '../zip/read-zip.ts';
import { type LayerConfig, readConfig } from './config.ts';
import { failKeras, type StoredArray } from './hdf5.ts';

/** What a `.weights.h5` or a `.keras` file holds. */
export interface KerasFile {
  readonly weights: Uint8Array;
  /** Of a `.keras` file. */
  readonly config: ReadonlyMap<string, LayerConfig>;
}

export function openKeras(bytes: Uint8Array, file: string, maxBytes?: number): KerasFile {
  if (!looksLikeZip(bytes)) return { weights: bytes, config: new Map() };
  const entries = readZip({ bytes, file }, maxBytes);
  const weights = entries.get('model.weights.h5');
  if (!weights) {
    const sharded = entries.has('model.weights.json')
      ? '; weights in several files are not read'
      : '';
    failKeras(file, `has no model.weights.h5${sharded}`);
  }
  const config = entries.get('config.json');
  const text = config ? new TextDecoder().decode(config()) : undefined;
  return { weights: weights(), config: text === undefined ? new Map() : readConfig(text, file) };
}

/** Not weights of layers: the optimizer's state, counters of random numbers, metrics. */
const beside = /^(optimizer|(compile_|_)?metrics|loss_tracker)\/|(^|\/)seed_generator\//;

const variable = /^(.+?)\/((?:(?:forward|backward)_layer\/)?(?:cell\/)?vars\/\d+)$/;

/** The variables of each layer, by the layer's path without `layers/` and then by the place in it: `cell/vars/0`. */
export function byLayer(arrays: readonly StoredArray[]): Map<string, Map<string, StoredArray>> {
  const layers = new Map<string, Map<string, StoredArray>>();
  for (const array of arrays) {
    const [, path, place] = variable.exec(array.path) ?? [];
    if (path === undefined || beside.test(array.path)) continue;
    const name = path.replace(/^(_layer_checkpoint_dependencies|layers)\//, '');
    const layer = layers.get(name) ?? new Map<string, StoredArray>();
    layers.set(name, layer.set(place, array));
  }
  return layers;
}
