import { refuseUnknownOptions } from '@unroll/backend';
import type { LoadResult, Module } from '@unroll/nn';
import { cast, noGrad, type Tensor, tensor } from '@unroll/tensor';
import { checkAll, type Stored } from './compare.ts';
import { withHdf5 } from './hdf5.ts';
import { type KerasNames, type Pair, pairsOf } from './pairs.ts';
import { byLayer, openKeras } from './source.ts';

export interface LoadKerasOptions {
  /**
   * The Keras layers that our modules stand for, by our path, where the order of a class does not decide it: `{ head: 'dense_2',
   * rnn: ['lstm', 'lstm_3'] }`, the names as they stand in the file.
   */
  layers?: KerasNames;
  /** How the file is called in error messages; default `'file'`. */
  file?: string;
  /** What a `.keras` archive may unpack to, in bytes; default 4 GiB. */
  maxBytes?: number;
}

const known: Record<keyof LoadKerasOptions, true> = { layers: true, file: true, maxBytes: true };

/**
 * Writes the weights of a Keras 3 file into a model of the same build: SimpleRNN, LSTM, GRU (both `reset_after`), each alone
 * or in a Bidirectional, Dense, Embedding and LayerNormalization. Our n-th module of a class takes Keras's n-th layer
 * of it; a stack of layers here is as many layers there.
 *
 * @param source the bytes of a `.weights.h5` file (`model.save_weights`) or a `.keras` file (`model.save`), whose
 *   configuration is checked too
 * @throws DataError that lists all missing, unexpected and misshapen variables and what the configuration says against
 *   it, and nothing is written then; FileError for a file that is damaged or lies; UnsupportedError for a cell that Keras
 *   lacks
 * @example
 * const model = new Sequential(new Linear({ inputSize: 3, outputSize: 2 }));
 * await loadKeras(model, await readFile('model.weights.h5'), { layers: { 0: 'dense_1' } });
 */
export async function loadKeras(
  model: Module,
  source: Uint8Array | ArrayBuffer,
  options: LoadKerasOptions = {},
): Promise<LoadResult> {
  refuseUnknownOptions('loadKeras', options, known);
  const { layers = {}, file = 'file', maxBytes } = options;
  const pairs = pairsOf(model, layers);
  const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
  const { weights, config } = openKeras(bytes, file, maxBytes);
  return withHdf5(weights, file, (arrays) =>
    noGrad(() => {
      const stored = byLayer(arrays);
      checkAll(model, pairs, stored, config);
      const state = model.stateDict();
      const named = pairs.flatMap((pair) => oursOf(pair, stored, state));
      return model.loadStateDict(Object.fromEntries(named), { strict: false });
    }),
  );
}

function oursOf(
  { part, prefix, layer }: Pair,
  stored: Stored,
  state: Readonly<Record<string, Tensor>>,
): [string, Tensor][] {
  const keras = [...(stored.get(layer) ?? [])].map(([place, array]) => {
    const { shape } = array;
    return [place, tensor(array.read(), { shape })] as const;
  });
  const dtype = state[prefix + part.ours[0]].dtype;
  const ours = part.toOurs(Object.fromEntries(keras));
  return Object.entries(ours).map(([name, x]) => [prefix + name, cast(x, dtype)]);
}
