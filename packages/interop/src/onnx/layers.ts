import {
  AttentionDecoder,
  AttentionPooling,
  MultiHeadAttention,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from '@unroll/attention';
import { Recurrent } from '@unroll/cells';
import {
  AvgPool1d,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  classNameOf,
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  MaxPool1d,
  MaxPool2d,
  type Module,
  RMSNorm,
} from '@unroll/nn';
import { writeBatchNorm } from './batch-norm.ts';
import { type Context, type HostWeights, needSize, refuse } from './context.ts';
import type { HostWeight } from './program.ts';
import { Float } from './protobuf.ts';
import { writeRecurrent } from './recurrent.ts';
import { writeAvgPool, writeConvolution, writeMaxPool } from './windows.ts';

/** How one class of modules is written. */
interface Writer<M extends Module> {
  /** How many features or channels it takes: undefined for ids, 'any' for whatever there is. */
  readonly inputSize: (module: M) => number | undefined | 'any';
  /** How many axes its grids have, 'any' for what works on rows as on grids; default 0, rows. */
  readonly grid?: 1 | 2 | 'any';
  readonly write: (context: Context, module: M, weights: HostWeights) => void;
}

const linear: Writer<Linear> = {
  inputSize: ({ inputSize }) => inputSize,
  write(context, module, { W, b }) {
    const { graph } = context;
    needSize(context, 'Linear', module.inputSize);
    const stored = constant(context, 'W', W);
    const matrix = module.isTied ? graph.node('Transpose', [stored], { perm: [1, 0] }) : stored;
    const product = graph.node('MatMul', [context.value, matrix]);
    context.value = b ? graph.node('Add', [product, constant(context, 'b', b)]) : product;
    context.size = module.outputSize;
  },
};

const embedding: Writer<Embedding> = {
  inputSize: () => undefined,
  write(context, { embeddingSize }, { W }) {
    if (context.size !== undefined) refuse('an Embedding takes ids; put it first');
    context.value = context.graph.node('Gather', [constant(context, 'W', W), context.value]);
    context.size = embeddingSize;
  },
};

const layerNorm: Writer<LayerNorm> = {
  inputSize: ({ size }) => size,
  write(context, { size, eps }, { g, b }) {
    needSize(context, 'LayerNorm', size);
    const gain = g ?? { values: new Float32Array(size).fill(1), shape: [size] };
    const weights = [constant(context, 'g', gain), ...(b ? [constant(context, 'b', b)] : [])];
    const options = { axis: -1, epsilon: new Float(eps) };
    context.value = context.graph.node('LayerNormalization', [context.value, ...weights], options);
  },
};

const rmsNorm: Writer<RMSNorm> = {
  inputSize: ({ size }) => size,
  write(context, { size, eps }, { g }) {
    const { graph, value } = context;
    needSize(context, 'RMSNorm', size);
    const squares = graph.node('Mul', [value, value]);
    const mean = graph.node('ReduceMean', [squares], { axes: [-1], keepdims: 1 });
    const root = graph.node('Sqrt', [graph.node('Add', [mean, graph.float(eps)])]);
    const normed = graph.node('Div', [value, root]);
    context.value = g ? graph.node('Mul', [normed, constant(context, 'g', g)]) : normed;
  },
};

const recurrent: Writer<Recurrent> = {
  inputSize: ({ inputSize }) => inputSize,
  write: writeRecurrent,
};

/** In use, not in training, nothing happens there. */
const dropout: Writer<Dropout> = { inputSize: () => 'any', grid: 'any', write: () => undefined };

const convolution = (grid: 1 | 2): Writer<Conv1d | Conv2d> => ({
  inputSize: ({ inChannels }) => inChannels,
  grid,
  write: writeConvolution,
});

const maxPool = (grid: 1 | 2): Writer<MaxPool1d | MaxPool2d> => ({
  inputSize: () => 'any',
  grid,
  write: writeMaxPool,
});

const avgPool = (grid: 1 | 2): Writer<AvgPool1d | AvgPool2d> => ({
  inputSize: () => 'any',
  grid,
  write: writeAvgPool,
});

const batchNorm = (grid: 2 | 'any'): Writer<BatchNorm1d | BatchNorm2d> => ({
  inputSize: ({ size }) => size,
  grid,
  write: writeBatchNorm,
});

type Row = readonly [of: new (...options: never[]) => Module, writer: Writer<never>];

/** A further class of modules is one more row. */
const writers: readonly Row[] = [
  [Linear, linear],
  [Embedding, embedding],
  [LayerNorm, layerNorm],
  [RMSNorm, rmsNorm],
  [Dropout, dropout],
  [Recurrent, recurrent],
  [Conv1d, convolution(1)],
  [Conv2d, convolution(2)],
  [MaxPool1d, maxPool(1)],
  [MaxPool2d, maxPool(2)],
  [AvgPool1d, avgPool(1)],
  [AvgPool2d, avgPool(2)],
  [BatchNorm1d, batchNorm('any')],
  [BatchNorm2d, batchNorm(2)],
];

/** Modules that look at other steps, which no writer does. */
const attention = [
  MultiHeadAttention,
  TransformerEncoderLayer,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerDecoder,
  AttentionDecoder,
  AttentionPooling,
];

export function writerOf(module: Module): Writer<Module> {
  const row = writers.find(([of]) => module instanceof of);
  if (row) return row[1] as Writer<Module>;
  if (attention.some((of) => module instanceof of)) {
    return refuse(
      `${classNameOf(module.constructor)} is attention, which has no graph. What PyTorch has too can be carried there by toPyTorch and exported by torch.onnx`,
    );
  }
  const names = writers.map(([of]) => classNameOf(of)).join(', ');
  return refuse(
    `${classNameOf(module.constructor)} has no graph; there are ${names}, MLP and Sequential. Of a module of your own hand over the parts, in order: exportOnnx([model.embedding, model.rnn, model.head])`,
  );
}

function constant({ graph }: Context, name: string, { values, shape }: HostWeight): string {
  return graph.floats(name, values, shape);
}
