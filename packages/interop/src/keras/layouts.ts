import { UnsupportedError } from '@unroll/backend';
import { gru, gruBefore, lstm, type Recurrent, rnnRelu, rnnTanh } from '@unroll/cells';
import { Embedding, LayerNorm, Linear, type Module } from '@unroll/nn';
import { add, concat, neg, reshape, split, stack, type Tensor, zerosLike } from '@unroll/tensor';
import { refuseOwnOptions } from '../recurrent-options.ts';

/** Tensors under names: ours, or the paths of variables inside a Keras layer. */
type Named = Readonly<Record<string, Tensor>>;

/** One Keras layer that our module, or one layer of it, stands for. */
export interface KerasPart {
  /** The class in Keras's spelling of paths: `dense`, `lstm`, `bidirectional`. */
  readonly kind: string;
  /** For messages and for the check of a `.keras` file's configuration. */
  readonly cell?: CellLayout;
  /** Of a Bidirectional, in Keras's words. */
  readonly mergeMode?: string | null;
  /** Our names in it, relative to the module. */
  readonly ours: readonly string[];
  toKeras(ours: Named): Named;
  toOurs(keras: Named): Named;
}

/** A Keras recurrent layer's class and activation, and whether it resets after the product. */
export interface CellLayout {
  readonly kind: string;
  readonly activation: string;
  readonly resetAfter?: boolean;
}

const cells = new Map([
  [rnnTanh, { kind: 'simple_rnn', activation: 'tanh' }],
  [rnnRelu, { kind: 'simple_rnn', activation: 'relu' }],
  [lstm, { kind: 'lstm', activation: 'tanh' }],
  [gru, { kind: 'gru', activation: 'tanh', resetAfter: true }],
  [gruBefore, { kind: 'gru', activation: 'tanh', resetAfter: false }],
]);

/** A weight of ours with its variable's number in Keras, where both have one shape. */
function same(kind: string, names: readonly string[]): KerasPart {
  const path = (i: number) => `vars/${i}`;
  return {
    kind,
    ours: names,
    toKeras: (ours) => Object.fromEntries(names.map((name, i) => [path(i), ours[name]])),
    toOurs: (keras) => Object.fromEntries(names.map((name, i) => [name, keras[path(i)]])),
  };
}

/** The Keras layers of a module without further modules; undefined for one that Keras has not. */
export function plainPart(module: Module): KerasPart | undefined {
  if (module instanceof Linear && module.isTied) {
    throw new UnsupportedError(
      'loadKeras',
      `${module.name} is tied to an embedding; a Dense is not`,
    );
  }
  if (module instanceof Linear) return same('dense', module.b ? ['W', 'b'] : ['W']);
  if (module instanceof Embedding) return same('embedding', ['W']);
  if (module instanceof LayerNorm) {
    const { g, b } = module;
    return g && same('layer_normalization', b ? ['g', 'b'] : ['g']);
  }
  return undefined;
}

/** One Keras layer for each of our layers; Keras stacks by hand. */
export function recurrentParts(layer: Recurrent): KerasPart[] {
  refuseOwnOptions('loadKeras', layer, { hasMergeModes: true });
  const cell = cells.get(layer.cell);
  if (!cell) {
    throw new UnsupportedError(
      'loadKeras',
      `Keras has no ${layer.cell.name}; it has SimpleRNN, LSTM and GRU`,
      { cell: layer.cell.name },
    );
  }
  const weights = Object.keys(layer.layers[0].weights);
  return layer.layers.map((_, i) => {
    const ahead = directionPart(`${i}.`, weights, cell);
    if (!layer.bidirectional) return ahead;
    const back = directionPart(`${i}.backward.`, weights, cell);
    return bidirectional(ahead, back, mergeModes[layer.mergeMode]);
  });
}

function directionPart(prefix: string, weights: readonly string[], cell: CellLayout): KerasPart {
  const at = (keras: Named, i: number) => keras[`cell/vars/${i}`];
  return {
    kind: cell.kind,
    cell,
    ours: weights.map((name) => prefix + name),
    toKeras(ours) {
      const [W, U] = ['W', 'U'].map((name) => gatesToKeras(ours[prefix + name], cell));
      const b = ours[`${prefix}b`];
      const bias = b && { 'cell/vars/2': biasToKeras(b, ours[`${prefix}bU`], cell) };
      return { 'cell/vars/0': W, 'cell/vars/1': U, ...bias };
    },
    toOurs(keras) {
      const [W, U] = [0, 1].map((i) => gatesToOurs(at(keras, i), cell));
      const bias = at(keras, 2);
      const biases = bias ? biasToOurs(bias, cell) : {};
      const named = Object.entries({ W, U, ...biases });
      return Object.fromEntries(named.map(([name, x]) => [prefix + name, x]));
    },
  };
}

/** What Keras calls the ways in which two directions become one. */
const mergeModes = {
  concat: 'concat',
  sum: 'sum',
  mul: 'mul',
  average: 'ave',
  none: null,
} as const;

function bidirectional(ahead: KerasPart, back: KerasPart, mergeMode: string | null): KerasPart {
  const sides = [
    ['forward_layer/', ahead],
    ['backward_layer/', back],
  ] as const;
  const prefixed = (prefix: string, keras: Named) =>
    Object.fromEntries(Object.entries(keras).map(([path, x]) => [prefix + path, x]));
  const inside = (prefix: string, keras: Named) =>
    Object.fromEntries(
      Object.entries(keras)
        .filter(([path]) => path.startsWith(prefix))
        .map(([path, x]) => [path.slice(prefix.length), x]),
    );
  return {
    kind: 'bidirectional',
    cell: ahead.cell,
    mergeMode,
    ours: [...ahead.ours, ...back.ours],
    toKeras: (ours) =>
      Object.assign({}, ...sides.map(([prefix, part]) => prefixed(prefix, part.toKeras(ours)))),
    toOurs: (keras) =>
      Object.assign({}, ...sides.map(([prefix, part]) => part.toOurs(inside(prefix, keras)))),
  };
}

/**
 * Gate blocks on the last axis in our order. A GRU's are z r h in Keras, r z n here. Keras's z always keeps the old state;
 * ours takes the candidate where the reset comes before the product, and since σ(−a) = 1 − σ(a), negating z's weights turns
 * one into the other without any rounding.
 */
function gatesToOurs(x: Tensor, { kind, resetAfter }: CellLayout): Tensor {
  if (kind !== 'gru') return x;
  const [z, r, h] = split(x, 3, { axis: -1 });
  return concat([r, resetAfter ? z : neg(z), h], { axis: -1 });
}

function gatesToKeras(x: Tensor, { kind, resetAfter }: CellLayout): Tensor {
  if (kind !== 'gru') return x;
  const [r, z, n] = split(x, 3, { axis: -1 });
  return concat([resetAfter ? z : neg(z), r, n], { axis: -1 });
}

/** A GRU that resets after the product has two biases, as in PyTorch: ours, and 0 but for the candidate. */
function biasToKeras(b: Tensor, bU: Tensor, cell: CellLayout): Tensor {
  const turned = gatesToKeras(b, cell);
  if (!cell.resetAfter) return turned;
  return stack([turned, concat([zerosLike(bU), zerosLike(bU), bU], { axis: 0 })]);
}

function biasToOurs(bias: Tensor, cell: CellLayout): Named {
  const turned = gatesToOurs(bias, cell);
  if (!cell.resetAfter) return { b: turned };
  const rows = split(turned, 2, { axis: 0 }).map((row) =>
    split(reshape(row, [turned.shape[1]]), 3),
  );
  const [[r, z, n], [rHidden, zHidden, bU]] = rows;
  return { b: concat([add(r, rHidden), add(z, zHidden), n], { axis: 0 }), bU };
}
