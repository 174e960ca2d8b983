import type { Recurrent } from '@unroll/cells';
import { refuseOwnOptions } from '../recurrent-options.ts';
import { type Context, type HostWeights, needSize, refuse } from './context.ts';
import { nativeCells, writeNativeLayer } from './native.ts';
import { writeScanLayer } from './scan.ts';

/** Layers of a recurrent cell: the operator that ONNX has for it, or a Scan of the cell's program. */
export function writeRecurrent(context: Context, layer: Recurrent, weights: HostWeights): void {
  const { graph, axes } = context;
  needSize(context, layer.name, layer.inputSize);
  refuseOwnOptions('exportOnnx', layer, { hasMergeModes: true, hasResiduals: true });
  if (layer.bidirectional && layer.mergeMode === 'none') {
    refuse(`${layer.name} has mergeMode 'none', two outputs; a stack has one`);
  }
  if (axes.length !== 2) refuse('a recurrent layer needs the axes batch and time');
  const place = context.recurrent++;
  const write = nativeCells.has(layer.cell) ? writeNativeLayer : writeScanLayer;
  let value = graph.node('Transpose', [context.value], { perm: [1, 0, 2] });
  layer.layers.forEach((_, i) => {
    const prefixes = layer.bidirectional ? [`${i}.`, `${i}.backward.`] : [`${i}.`];
    const names = prefixes.map((prefix) => statesOf(layer, `${place}.${prefix}`));
    const axesOf = (state: string) => ['batch', layer.layers[i].stateSizes[state]];
    const inputs = (of: Readonly<Record<string, string>>) =>
      Object.fromEntries(
        Object.entries(of).map(([state, name]) => [
          state,
          graph.input(`initial.${name}`, 'float32', axesOf(state)),
        ]),
      );
    const initial = context.states ? names.map(inputs) : undefined;
    const inputSize = i === 0 ? layer.inputSize : layer.outputSize;
    const { output, states } = write(
      context,
      { layer, input: value, inputSize, prefixes, initial },
      weights,
    );
    const around = layer.connection === 'residual' && i > 0;
    value = around ? graph.node('Add', [output, value]) : output;
    if (!context.states) return;
    states.forEach((of, direction) => {
      for (const [state, value] of Object.entries(of)) {
        graph.output(`final.${names[direction][state]}`, value, 'float32', axesOf(state));
      }
    });
  });
  context.value = graph.node('Transpose', [value], { perm: [1, 0, 2] });
  context.size = layer.outputSize;
}

/** The names of a direction's states outside: `0.1.backward.h` for the first module's second layer. */
function statesOf({ cell }: Recurrent, prefix: string): Record<string, string> {
  return Object.fromEntries(cell.states.map((name) => [name, prefix + name]));
}
