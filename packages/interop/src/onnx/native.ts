import { type Cell, gru, gruBefore, lstm, type Recurrent, rnnRelu, rnnTanh } from '@unroll/cells';
import type { FinalStates, LayerCall, LayerOutput } from './call.ts';
import type { Context, HostWeights } from './context.ts';
import type { Graph } from './graph.ts';
import type { HostWeight } from './program.ts';

/** How an operator of ONNX has a cell's gates: `order[i]` is our place of its i-th block. */
interface NativeCell {
  readonly op: 'RNN' | 'LSTM' | 'GRU';
  readonly order: readonly number[];
  /** Whether the first block is negated: a z that takes the candidate becomes one that keeps the old state. */
  readonly negateFirst?: boolean;
  readonly activation?: string;
  readonly linearBeforeReset?: number;
}

/** ONNX: i o f c and z r h, z keeps the old state (https://onnx.ai/onnx/operators/onnx__GRU.html). */
export const nativeCells: ReadonlyMap<Cell, NativeCell> = new Map<Cell, NativeCell>([
  [rnnTanh, { op: 'RNN', order: [0], activation: 'Tanh' }],
  [rnnRelu, { op: 'RNN', order: [0], activation: 'Relu' }],
  [lstm, { op: 'LSTM', order: [0, 3, 1, 2] }],
  [gru, { op: 'GRU', order: [1, 0, 2], linearBeforeReset: 1 }],
  [gruBefore, { op: 'GRU', order: [1, 0, 2], negateFirst: true, linearBeforeReset: 0 }],
]);

export function writeNativeLayer(
  { graph, lengths }: Context,
  { layer, input, inputSize, prefixes, initial }: LayerCall,
  weights: HostWeights,
): LayerOutput {
  const native = nativeCells.get(layer.cell) as NativeCell;
  const { hiddenSize: n } = layer;
  const [directions, rows] = [prefixes.length, native.order.length * n];
  const matrix = (name: string, columns: number) =>
    graph.floats(
      name,
      join(prefixes.map((prefix) => matrixOf(native, weights[prefix + name], n))),
      [directions, rows, columns],
    );
  const biases = prefixes.map((prefix) => biasesOf(native, weights, prefix, n));
  const bias =
    weights[`${prefixes[0]}b`] && graph.floats('B', join(biases), [directions, 2 * rows]);
  const states = layer.cell.states.map((name) => initialOf(graph, initial, name));
  const activations = native.activation && prefixes.map(() => native.activation as string);
  const [output, ...finals] = graph.nodes(
    native.op,
    [input, matrix('W', inputSize), matrix('U', n), bias ?? '', lengths ?? '', ...states],
    {
      hidden_size: n,
      direction: directions === 2 ? 'bidirectional' : 'forward',
      activations: activations || undefined,
      linear_before_reset: native.linearBeforeReset,
    },
    1 + layer.cell.states.length,
  );
  return {
    output: merged(graph, layer, output),
    states: prefixes.map((_, i) => statesAt(graph, layer, finals, i)),
  };
}

/** `[time, directions, batch, n]` with the directions as one. */
function merged(graph: Graph, { mergeMode, bidirectional, hiddenSize }: Recurrent, output: string) {
  const directions = bidirectional ? 2 : 1;
  if (!bidirectional || mergeMode === 'concat') {
    const apart = graph.node('Transpose', [output], { perm: [0, 2, 1, 3] });
    return graph.node('Reshape', [apart, graph.integers(0, 0, directions * hiddenSize)]);
  }
  if (mergeMode === 'sum') {
    return graph.node('ReduceSum', [output, graph.integers(1)], { keepdims: 0 });
  }
  const op = mergeMode === 'mul' ? 'ReduceProd' : 'ReduceMean';
  return graph.node(op, [output], { axes: [1], keepdims: 0 });
}

/** `[directions, batch, n]` from a state of each direction. */
function initialOf(graph: Graph, initial: FinalStates | undefined, name: string): string {
  if (!initial) return '';
  const axis = graph.integers(0);
  const parts = initial.map((of) => graph.node('Unsqueeze', [of[name], axis]));
  return graph.node('Concat', parts, { axis: 0 });
}

function statesAt(graph: Graph, { cell }: Recurrent, finals: readonly string[], direction: number) {
  const place = graph.integer(direction);
  return Object.fromEntries(
    cell.states.map((name, i) => [name, graph.node('Gather', [finals[i], place], { axis: 0 })]),
  );
}

/** `[m, gates·n]` as `[gates·n, m]` with the gates in ONNX's order. */
function matrixOf(native: NativeCell, { values, shape }: HostWeight, n: number): Float32Array {
  const [m, columns] = shape;
  const out = new Float32Array(values.length);
  for (let row = 0; row < columns; row++) {
    const block = Math.floor(row / n);
    const from = native.order[block] * n + (row % n);
    const sign = native.negateFirst && block === 0 ? -1 : 1;
    for (let i = 0; i < m; i++) out[row * m + i] = sign * values[i * columns + from];
  }
  return out;
}

/** The biases beside x, then those beside h: 0 but for the candidate of a GRU that resets after the product. */
function biasesOf(
  native: NativeCell,
  weights: HostWeights,
  prefix: string,
  n: number,
): Float32Array {
  const b = weights[`${prefix}b`];
  if (!b) return new Float32Array();
  const rows = native.order.length * n;
  const out = new Float32Array(2 * rows);
  out.set(matrixOf(native, { values: b.values, shape: [1, rows] }, n));
  const bU = weights[`${prefix}bU`];
  if (bU) out.set(bU.values, 2 * rows - n);
  return out;
}

/** The directions' weights, which have one length, behind each other. */
function join(parts: readonly Float32Array[]): Float32Array {
  const [{ length }] = parts;
  const out = new Float32Array(parts.length * length);
  parts.forEach((part, i) => {
    out.set(part, i * length);
  });
  return out;
}
