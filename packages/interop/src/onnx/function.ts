import { type Program, UnsupportedError } from '@unroll/backend';
import { type Symbolic, type Tensor, traceProgram } from '@unroll/tensor';
import { type Context, refuse } from './context.ts';
import { emitProgram } from './program.ts';
import { wholeFunctions } from './whole.ts';

/** A function such as `tanh` or `softmax`, traced on a symbolic row; on grids, one that works value by value. */
export function writeFunction(context: Context, fn: (x: Tensor) => Tensor): void {
  const whole = wholeFunctions.get(fn);
  if (whole) whole(context);
  else writeTraced(context, fn);
}

function writeTraced(context: Context, fn: (x: Tensor) => Tensor): void {
  const { graph, size } = context;
  if (size === undefined) refuse(`the function ${fn.name} needs rows and gets ids`);
  const isFree = size === 'free' || context.grid.length > 0;
  const program = traceFunction(fn, isFree ? 1 : size);
  if (isFree) needPointwise(fn, program);
  const values = emitProgram(graph, program, {
    inputs: { x: context.value },
    weights: {},
    constants: graph,
  });
  const [{ value }] = program.outputs;
  context.value = values[value];
  if (!isFree) context.size = program.values[value].size as number;
}

/** Along an axis whose length only a run shows nothing else can be traced. */
function needPointwise(fn: (x: Tensor) => Tensor, { values }: Program): void {
  if (values.every(({ kind }) => kind === 'step' || kind === 'pointwise')) return;
  refuse(
    `the function ${fn.name || 'without a name'} works along an axis of grids; only functions of single values are written there`,
  );
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
