import type { Axis } from '@unroll/nn';
import { castTo, type Graph } from './graph.ts';

/**
 * Which rows have not ended: bool, `[time, batch, 1]` or `[batch, time, 1]`.
 *
 * @param rows three axes
 * @param time which of them is time
 */
export function livingRows(graph: Graph, rows: string, lengths: string, time: 0 | 1): string {
  const count = graph.node('Gather', [graph.node('Shape', [rows]), graph.integer(time)]);
  const steps = graph.node('Range', [graph.integer(0), count, graph.integer(1)]);
  const wide = castTo(graph, lengths, 'int64');
  const step = graph.node('Unsqueeze', [steps, graph.integers(1 - time, 2)]);
  return graph.node('Less', [step, graph.node('Unsqueeze', [wide, graph.integers(time, 2)])]);
}

/** How many windows each sequence has: `⌊(length + padding − reach)/stride⌋ + 1`, int32 `[batch]`. */
export function windowLengths(graph: Graph, lengths: string, axis: Axis): string {
  const room = axis.before + axis.after - axis.dilation * (axis.size - 1) - 1;
  const wide = castTo(graph, lengths, 'int64');
  const last = graph.node('Add', [wide, graph.integer(room)]);
  const strides = graph.node('Div', [last, graph.integer(axis.stride)]);
  return castTo(graph, graph.node('Add', [strides, graph.integer(1)]), 'int32');
}
