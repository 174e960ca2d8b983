import { type BatchNorm1d, BatchNorm2d, classNameOf } from '@unroll/nn';
import { type Context, gridInWords, type HostWeights, needChannels, refuse } from './context.ts';
import { Float } from './protobuf.ts';

/** With the running statistics, as in use. The features are ONNX's second axis. */
export function writeBatchNorm(
  context: Context,
  module: BatchNorm1d | BatchNorm2d,
  { g, b, runningMean, runningVar }: HostWeights,
): void {
  const { graph, grid, axes } = context;
  const { size, eps } = module;
  const name = classNameOf(module.constructor);
  needChannels(context, name, size);
  const fits =
    module instanceof BatchNorm2d ? grid.length === 2 : grid.length < 2 && axes.length < 3;
  if (!fits) {
    refuse(`${name} gets ${gridInWords(grid)} with the axes ${[...axes, ...grid].join(', ')}`);
  }
  if (!runningMean || !runningVar) {
    refuse(`${name} without running statistics measures each batch anew; it has no graph`);
  }
  const vector = (what: string, values: Float32Array) => graph.floats(what, values, [size]);
  const weights = [
    vector('g', g?.values ?? new Float32Array(size).fill(1)),
    vector('b', b?.values ?? new Float32Array(size)),
    vector('mean', runningMean.values),
    vector('variance', runningVar.values),
  ];
  const norm = (x: string) =>
    graph.node('BatchNormalization', [x, ...weights], { epsilon: new Float(eps) });
  const turn = (x: string) => graph.node('Transpose', [x], { perm: [0, 2, 1] });
  context.value = axes.length === 2 ? turn(norm(turn(context.value))) : norm(context.value);
}
