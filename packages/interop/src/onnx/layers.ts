import { type Program, UnsupportedError } from '@unroll/backend';
import { Recurrent } from '@unroll/cells';
import { Dropout, Embedding, LayerNorm, Linear, type Module, RMSNorm } from '@unroll/nn';
import { type Symbolic, type Tensor, traceProgram } from '@unroll/tensor';
import { type Context, type HostWeights, needSize, refuse } from './context.ts';
import { emitProgram, type HostWeight } from './program.ts';
import { Float } from './protobuf.ts';
import { writeRecurrent } from './recurrent.ts';

/** How one class of modules is written, and how many features it takes: undefined for ids, 'any' for whatever there is. */
interface Writer<M extends Module> {
  readonly inputSize: (module: M) => number | undefined | 'any';
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
const dropout: Writer<Dropout> = { inputSize: () => 'any', write: () => undefined };

type Row = readonly [of: new (...options: never[]) => Module, writer: Writer<never>];

/** A further class of modules is one more row. */
const writers: readonly Row[] = [
  [Linear, linear],
  [Embedding, embedding],
  [LayerNorm, layerNorm],
  [RMSNorm, rmsNorm],
  [Dropout, dropout],
  [Recurrent, recurrent],
];

export function writerOf(module: Module): Writer<Module> {
  const row = writers.find(([of]) => module instanceof of);
  if (row) return row[1] as Writer<Module>;
  const names = writers.map(([{ name }]) => name).join(', ');
  return refuse(
    `${module.constructor.name} has no graph; there are ${names} and Sequential. Of a module of your own hand over the parts, in order: exportOnnx([model.embedding, model.rnn, model.head])`,
  );
}

/** A function such as `tanh` or `softmax`, traced on a symbolic row. */
export function writeFunction(context: Context, fn: (x: Tensor) => Tensor): void {
  const { graph, size } = context;
  if (size === undefined) refuse(`the function ${fn.name} needs rows and gets ids`);
  const program = traceFunction(fn, size);
  const values = emitProgram(graph, program, {
    inputs: { x: context.value },
    weights: {},
    constants: graph,
  });
  const [{ value }] = program.outputs;
  context.value = values[value];
  context.size = program.values[value].size as number;
}

function traceFunction(fn: (x: Tensor) => Tensor, size: number): Program {
  const inputs = { steps: { x: size }, states: {}, parameters: {} };
  const trace = ({ x }: Readonly<Record<string, Symbolic>>) => ({
    y: (fn as unknown as Pointwise)(x),
  });
  try {
    return traceProgram(fn.name || 'function', inputs, trace, ['y']);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const words = `the function ${fn.name || 'without a name'} cannot be written as a graph of rows (${reason})`;
    throw new UnsupportedError('exportOnnx', words, { function: fn.name }, cause);
  }
}

/** Operations take symbolic values as they take tensors. */
type Pointwise = (x: Symbolic) => Symbolic;

function constant({ graph }: Context, name: string, { values, shape }: HostWeight): string {
  return graph.floats(name, values, shape);
}
