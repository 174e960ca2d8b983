import { flatten, globalAvgPool, globalMaxPool } from '@unroll/nn';
import { type Context, refuse } from './context.ts';
import { castTo } from './graph.ts';
import { livingRows } from './lengths.ts';

/** Functions that look at more than a row, by themselves. */
export const wholeFunctions: ReadonlyMap<unknown, (context: Context) => void> = new Map<
  unknown,
  (context: Context) => void
>([
  [flatten, writeFlatten],
  [globalMaxPool, (context) => writeGlobal(context, 'globalMaxPool', 'ReduceMax')],
  [globalAvgPool, (context) => writeGlobal(context, 'globalAvgPool', 'ReduceMean')],
]);

/** Rows are flat already. */
function writeFlatten(context: Context): void {
  if (context.grid.length === 0) return;
  context.value = context.graph.node('Flatten', [context.value], { axis: 1 });
  context.grid = [];
  context.size = 'free';
}

function writeGlobal(context: Context, name: string, op: 'ReduceMax' | 'ReduceMean'): void {
  const { graph, grid, axes, size } = context;
  const isSequence = size !== undefined && grid.length === 0 && axes.length === 2;
  if (grid.length === 0 && !isSequence) {
    refuse(
      `${name} needs lines, pictures or sequences; got the axes ${axes.join(', ')}. Name batch and time: { axes: ['batch', 'time'] }`,
    );
  }
  const over = isSequence ? [1] : grid.map((_, i) => i + 2);
  const { lengths } = context;
  context.value = lengths
    ? overSteps(context, lengths, op)
    : graph.node(op, [context.value], { axes: over, keepdims: 0 });
  context.axes = [axes[0]];
  context.grid = [];
  context.lengths = undefined;
}

/** Over the steps that each sequence has. */
function overSteps(
  { graph, value }: Context,
  lengths: string,
  op: 'ReduceMax' | 'ReduceMean',
): string {
  const living = livingRows(graph, value, lengths, 1);
  const beyond = graph.float(op === 'ReduceMax' ? -Infinity : 0);
  const rows = graph.node('Where', [living, value, beyond]);
  if (op === 'ReduceMax') return graph.node(op, [rows], { axes: [1], keepdims: 0 });
  const sum = graph.node('ReduceSum', [rows, graph.integers(1)], { keepdims: 0 });
  const count = graph.node('Unsqueeze', [castTo(graph, lengths, 'float32'), graph.integers(1)]);
  return graph.node('Div', [sum, count]);
}
