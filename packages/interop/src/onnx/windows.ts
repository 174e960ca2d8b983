import {
  type AvgPool1d,
  type AvgPool2d,
  type Axis,
  type Conv1d,
  type Conv2d,
  classNameOf,
  type MaxPool1d,
  type MaxPool2d,
  type Module,
} from '@unroll/nn';
import { type Context, gridInWords, type HostWeights, needChannels, refuse } from './context.ts';
import { livingRows, windowLengths } from './lengths.ts';
import type { HostWeight } from './program.ts';

/** Less than every value, and yet no infinity, which would become NaN in what follows a place that nobody reads. */
const lowest = -3.4028234663852886e38;

export function writeConvolution(
  context: Context,
  module: Conv1d | Conv2d,
  { W, b }: HostWeights,
): void {
  const { graph } = context;
  const { axes, inChannels, outChannels, groups } = module;
  const kernel = outputsFirst(W);
  const weights = [
    graph.floats('W', kernel.values, kernel.shape),
    ...(b ? [graph.floats('b', b.values, b.shape)] : []),
  ];
  const options = { ...attributesOf(axes), dilations: axes.map((axis) => axis.dilation) };
  needChannels(context, classNameOf(module.constructor), inChannels);
  overWindows(context, module, 0, (x) =>
    graph.node('Conv', [x, ...weights], { ...options, group: groups }),
  );
  context.size = outChannels;
}

export function writeMaxPool(context: Context, module: MaxPool1d | MaxPool2d): void {
  const { axes } = module;
  const options = { ...attributesOf(axes), dilations: axes.map((axis) => axis.dilation) };
  overWindows(context, module, lowest, (x) => context.graph.node('MaxPool', [x], options));
}

export function writeAvgPool(context: Context, module: AvgPool1d | AvgPool2d): void {
  const { axes, countIncludePad } = module;
  if (context.lengths && !countIncludePad && axes.some(({ before }) => before > 0)) {
    refuse(
      `${classNameOf(module.constructor)} with padding and countIncludePad: false has no graph beside lengths; leave out one of the three`,
    );
  }
  const options = { ...attributesOf(axes), count_include_pad: countIncludePad ? 1 : 0 };
  overWindows(context, module, 0, (x) => context.graph.node('AveragePool', [x], options));
}

/**
 * Writes what reads windows: over grids as they are, over sequences along their steps.
 *
 * @param beyond what windows read behind the end of a sequence
 * @param write of `[batch, channels, …]`
 */
function overWindows(
  context: Context,
  module: Module & { readonly axes: readonly Axis[] },
  beyond: number,
  write: (x: string) => string,
): void {
  const { axes } = module;
  const name = classNameOf(module.constructor);
  if (context.size === undefined) refuse(`${name} needs rows or grids and gets ids`);
  if (context.grid.length === axes.length) {
    context.value = write(context.value);
    context.grid = context.grid.map(renamed);
    return;
  }
  const isSequence = context.grid.length === 0 && context.axes.length === 2;
  if (axes.length === 2 || !isSequence) {
    const wanted =
      axes.length === 2
        ? 'pictures [batch, channels, height, width]'
        : 'lines [batch, channels, length] or sequences [batch, time, features]';
    refuse(
      `${name} needs ${wanted} and gets ${gridInWords(context.grid)} with the axes ${[...context.axes, ...context.grid].join(', ')}. Of sequences say so: { axes: ['batch', 'time'] }`,
    );
  }
  overSteps(context, axes[0], beyond, write);
}

function overSteps(
  context: Context,
  axis: Axis,
  beyond: number,
  write: (x: string) => string,
): void {
  const { graph, lengths } = context;
  const rows = lengths
    ? graph.node('Where', [
        livingRows(graph, context.value, lengths, 1),
        context.value,
        graph.float(beyond),
      ])
    : context.value;
  const turn = (x: string) => graph.node('Transpose', [x], { perm: [0, 2, 1] });
  context.value = turn(write(turn(rows)));
  context.lengths = lengths && windowLengths(graph, lengths, axis);
  context.axes = [context.axes[0], renamed(context.axes[1])];
}

/** Another length has another name: `time`, `time_1`, `time_2`. */
function renamed(axis: string): string {
  const [, name, count] = /^(.*?)(?:_(\d+))?$/.exec(axis) as unknown as string[];
  return `${name}_${Number(count ?? 0) + 1}`;
}

function attributesOf(axes: readonly Axis[]) {
  return {
    kernel_shape: axes.map(({ size }) => size),
    strides: axes.map(({ stride }) => stride),
    pads: [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)],
  };
}

/** `[taps, channels, outputs]` as `[outputs, channels, taps]`, where taps may be two axes. */
function outputsFirst({ values, shape }: HostWeight): HostWeight {
  const [channels, outputs] = shape.slice(-2);
  const sizes = shape.slice(0, -2);
  const taps = values.length / (channels * outputs);
  const out = new Float32Array(values.length);
  values.forEach((x, i) => {
    const [output, channel] = [i % outputs, Math.floor(i / outputs) % channels];
    const tap = Math.floor(i / (outputs * channels));
    out[(output * channels + channel) * taps + tap] = x;
  });
  return { values: out, shape: [outputs, channels, ...sizes] };
}
