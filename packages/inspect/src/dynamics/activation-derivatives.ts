import {
  evaluateFormula,
  type Formula,
  gradientFormula,
  isNamed,
  type Program,
  usedArguments,
  type Value,
} from '@unroll/backend';
import { grad, type Sequence, sum, type Tensor } from '@unroll/tensor';
import type { TracedLayer } from '../trace/traced-layer.ts';
import { type Histogram, histogram } from './histogram.ts';
import { layersOf, type Traced } from './layers-of.ts';

/** The derivative of one activation over the values that it really saw. */
export interface ActivationDerivative extends Histogram {
  /** The name of the traced layer, or of the function. */
  readonly layer: string;
  /** What the activation computes: a symbol of the equations, such as `f`, or `tanh(c)`. */
  readonly name: string;
  /** `sigmoid`, `tanh`, `relu`, … */
  readonly activation: string;
  readonly mean: number;
  /** The share of values where less than a tenth of a gradient passes: |derivative| < 0.1. */
  readonly small: number;
}

/** Of the histograms, between 0 and 1: σ′ has the first quarter of them. */
const bins = 40;

/**
 * σ′, tanh′, ReLU′ and the like over all values that a trace saw. σ′ is at most 1/4 and tanh′ at most 1: where most of
 * them are near 0, gradients vanish (deck 4 of the lectures). ReLU′ is 0 or 1.
 *
 * @example
 * const rnn = new RNN({ inputSize: 2, hiddenSize: 3 });
 * const [h] = await activationDerivatives(trace(rnn, zeros([1, 4, 2])));
 * console.log(h.name, h.activation, h.mean); // h tanh 1
 */
export async function activationDerivatives(traced: Traced): Promise<ActivationDerivative[]> {
  const found = layersOf(traced).flatMap((layer) =>
    layer.program.values.flatMap((value, ref) =>
      isActivation(value) ? [derivativeAt(layer, ref, value)] : [],
    ),
  );
  return (await Promise.all(found)).filter((one) => one !== undefined);
}

/**
 * The same for any function element by element, and values that it saw in a net without recurrence.
 *
 * @param name under which it is shown
 * @example
 * const seen = await derivativeOf('sigmoid', sigmoid, zeros([8]));
 * console.log(seen.mean); // 0.25
 */
export async function derivativeOf(
  name: string,
  activation: (x: Tensor) => Tensor,
  seen: Tensor,
): Promise<ActivationDerivative> {
  const x = seen.detach();
  x.requiresGrad = true;
  const [derivative] = grad(sum(activation(x)), [x]);
  return summary({ layer: name, name, activation: name }, await derivative.data());
}

type Activation = Extract<Value, { kind: 'pointwise' }>;

/** A nonlinear function of one value. */
function isActivation(value: Value): value is Value & Activation {
  if (value.kind !== 'pointwise' || value.args.length !== 1) return false;
  const [x, y] = usedArguments(gradientFormula(value.formula));
  return x || y;
}

async function derivativeAt(
  layer: TracedLayer,
  ref: number,
  { formula, args }: Activation,
): Promise<ActivationDerivative | undefined> {
  const { values } = layer.program;
  if (values[args[0]].kind === 'weight') return undefined;
  const [x, y] = await Promise.all([rows(layer.valueOf(args[0])), rows(layer.valueOf(ref))]);
  const about = { layer: layer.name, name: label(layer.program, ref), activation: formula.name };
  return summary(about, slope(formula, x, y));
}

function slope(formula: Formula, x: Float64Array, y: Float64Array): Float64Array {
  const out = new Float64Array(x.length);
  const ones = new Float64Array(x.length).fill(1);
  evaluateFormula(gradientFormula(formula), [x, y, ones], [out], x.length);
  return out;
}

async function rows(x: Sequence): Promise<Float64Array> {
  return Float64Array.from(await x.rows.data());
}

function label({ values }: Program, ref: number): string {
  const value = values[ref] as Value & Activation;
  if (isNamed(value)) return value.name;
  const arg = values[value.args[0]];
  return `${value.formula.name}(${isNamed(arg) ? arg.name : '…'})`;
}

function summary(
  about: Pick<ActivationDerivative, 'layer' | 'name' | 'activation'>,
  values: ArrayLike<number>,
): ActivationDerivative {
  const list = Array.from(values);
  const mean = list.reduce((total, x) => total + x, 0) / list.length;
  const small = list.filter((x) => Math.abs(x) < 0.1).length / list.length;
  return { ...about, mean, small, ...histogram(list, [0, 1], bins) };
}
