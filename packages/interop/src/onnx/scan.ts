import type { Program } from '@unroll/backend';
import type { Recurrent } from '@unroll/cells';
import type { LayerCall, LayerOutput } from './call.ts';
import type { Context, HostWeights } from './context.ts';
import { Graph } from './graph.ts';
import { livingRows } from './lengths.ts';
import { emitProgram } from './program.ts';

/** A layer of a cell that ONNX has no operator for: each direction is a Scan whose body is the cell's program. */
export function writeScanLayer(
  context: Context,
  call: LayerCall,
  weights: HostWeights,
): LayerOutput {
  const { graph } = context;
  const mask = context.lengths && livingRows(graph, call.input, context.lengths, 0);
  const parts = call.prefixes.map((_, i) => writeDirection(context, call, i, mask, weights));
  const outputs = parts.map(({ output }) => output);
  return {
    output: outputs.length === 1 ? outputs[0] : merged(graph, call.layer, outputs),
    states: parts.map(({ states }) => states),
  };
}

function merged(graph: Graph, { mergeMode }: Recurrent, outputs: readonly string[]): string {
  if (mergeMode === 'concat') return graph.node('Concat', outputs, { axis: -1 });
  if (mergeMode === 'mul') return graph.node('Mul', outputs);
  const sum = graph.node('Add', outputs);
  return mergeMode === 'sum' ? sum : graph.node('Mul', [sum, graph.float(0.5)]);
}

function writeDirection(
  { graph }: Context,
  { layer, input, inputSize, prefixes, initial }: LayerCall,
  direction: number,
  mask: string | undefined,
  weights: HostWeights,
) {
  const prefix = prefixes[direction];
  const own = Object.entries(weights)
    .filter(([name]) => name.startsWith(prefix) && !name.slice(prefix.length).includes('.'))
    .map(([name, weight]) => [name.slice(prefix.length), weight] as const);
  const program = programOf(
    layer,
    inputSize,
    own.map(([name]) => name),
  );
  const body = new Graph(`${layer.cell.name} step`, graph);
  writeBody(body, program, {
    outer: graph,
    weights: Object.fromEntries(own),
    masked: mask !== undefined,
  });
  const starts = program.states.map(
    ({ name, size }) => initial?.[direction][name] ?? zeroState(graph, input, size),
  );
  const scanned = mask === undefined ? [input] : [input, mask];
  const [...results] = graph.nodes(
    'Scan',
    [...starts, ...scanned],
    {
      body,
      num_scan_inputs: scanned.length,
      scan_input_directions: scanned.map(() => direction),
      scan_output_directions: [direction],
    },
    starts.length + 1,
  );
  return {
    output: results[starts.length],
    states: Object.fromEntries(program.states.map(({ name }, i) => [name, results[i]])),
  };
}

/** The program that the layer runs: with a bias if it has the weights of one. */
function programOf(
  { cell, hiddenSize }: Recurrent,
  inputSize: number,
  names: readonly string[],
): Program {
  const withBias = { inputSize, hiddenSize, bias: true };
  const bias = Object.keys(cell.shapes(withBias)).every((name) => names.includes(name));
  return cell.program({ ...withBias, bias });
}

/** One step; a row that has ended keeps its state and gives 0. */
function writeBody(
  body: Graph,
  program: Program,
  { outer, weights, masked }: { outer: Graph; weights: HostWeights; masked: boolean },
): void {
  const states = program.states.map(({ name, size }) => ({
    name,
    size,
    old: body.input(`old_${name}`, 'float32', ['batch', size]),
  }));
  const steps = program.values.filter(({ kind }) => kind === 'step');
  const rows = steps.map(({ name, size }) => [
    name,
    body.input(name, 'float32', ['batch', size as number]),
  ]);
  const living = masked ? body.input('living', 'bool', ['batch', 1]) : undefined;
  const inputs = Object.fromEntries([...states.map(({ name, old }) => [name, old]), ...rows]);
  const values = emitProgram(body, program, { inputs, weights, constants: outer });
  const where = (value: string, otherwise: () => string) =>
    living ? body.node('Where', [living, value, otherwise()]) : value;
  program.states.forEach(({ next }, i) => {
    const { name, size, old } = states[i];
    body.output(
      `new_${name}`,
      where(values[next], () => old),
      'float32',
      ['batch', size],
    );
  });
  const [{ value }] = program.outputs;
  const size = program.values[value].size as number;
  body.output(
    'row',
    where(values[value], () => body.float(0)),
    'float32',
    ['batch', size],
  );
}

function zeroState(graph: Graph, input: string, size: number): string {
  const batch = graph.node('Slice', [
    graph.node('Shape', [input]),
    graph.integers(1),
    graph.integers(2),
  ]);
  const shape = graph.node('Concat', [batch, graph.integers(size)], { axis: 0 });
  return graph.node('ConstantOfShape', [shape]);
}
