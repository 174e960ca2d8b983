import { OptionError } from '@unroll/backend';
import { fans, type Initializer, needFinite } from './initializer.ts';

/**
 * Evenly spread over [low, high); default [−0.1, 0.1).
 *
 * @throws OptionError unless low ≤ high, both finite
 */
export function uniform({ low = -0.1, high = 0.1 } = {}): Initializer {
  needFinite('init.uniform', { low, high });
  if (low > high) throw new OptionError('init.uniform', `needs low ≤ high; got ${low} and ${high}`);
  return (shape, stream, dtype) => stream.uniform(shape, { low, high, dtype });
}

/**
 * Normally distributed; default mean 0, std 1.
 *
 * @throws OptionError unless the mean is finite and std ≥ 0
 */
export function normal({ mean = 0, std = 1 } = {}): Initializer {
  needFinite('init.normal', { mean, std });
  if (std < 0) throw new OptionError('init.normal', `needs std ≥ 0; got ${std}`, { std });
  return (shape, stream, dtype) => stream.normal(shape, { mean, std, dtype });
}

/**
 * Variance 2·gain² / (fanIn + fanOut), evenly spread: ±gain·√(6 / (fanIn + fanOut)). It keeps the size of signals
 * through tanh layers in both directions (Glorot & Bengio 2010).
 *
 * @throws ShapeError (from the initializer) for a vector
 */
export function xavierUniform({ gain = 1 } = {}): Initializer {
  return spread('init.xavierUniform', (shape) => gain * xavierStd('init.xavierUniform', shape));
}

/** As {@link xavierUniform}, normally distributed: std gain·√(2 / (fanIn + fanOut)). */
export function xavierNormal({ gain = 1 } = {}): Initializer {
  return bell('init.xavierNormal', (shape) => gain * xavierStd('init.xavierNormal', shape));
}

export interface KaimingOptions {
  /** Which direction keeps its size: forward (`fanIn`, the default) or backward. */
  mode?: 'fanIn' | 'fanOut';
  /** What comes behind the weight; default relu. */
  nonlinearity?: 'relu' | 'leakyRelu' | 'tanh' | 'linear';
  /** Of leakyRelu on the negative side; default 0.01. */
  slope?: number;
}

/**
 * Variance gain² / fan, evenly spread: ±gain·√(3 / fan), gain² = 2 for ReLU, which lets half of a signal through (He et
 * al. 2015); 2/(1 + slope²) for leaky ReLU, 25/9 for tanh, 1 for none.
 *
 * @throws ShapeError (from the initializer) for a vector
 */
export function kaimingUniform(options: KaimingOptions = {}): Initializer {
  return spread('init.kaimingUniform', (shape) =>
    kaimingStd('init.kaimingUniform', shape, options),
  );
}

/** As {@link kaimingUniform}, normally distributed: std gain/√fan. */
export function kaimingNormal(options: KaimingOptions = {}): Initializer {
  return bell('init.kaimingNormal', (shape) => kaimingStd('init.kaimingNormal', shape, options));
}

type Deviation = (shape: readonly number[]) => number;

/** A uniform distribution over ±a has the standard deviation a/√3. */
function spread(operation: string, std: Deviation): Initializer {
  return (shape, stream, dtype) => {
    const bound = Math.sqrt(3) * std(shape);
    needFinite(operation, { bound });
    return stream.uniform(shape, { low: -bound, high: bound, dtype });
  };
}

function bell(operation: string, std: Deviation): Initializer {
  return (shape, stream, dtype) => {
    needFinite(operation, { std: std(shape) });
    return stream.normal(shape, { std: std(shape), dtype });
  };
}

function xavierStd(operation: string, shape: readonly number[]): number {
  const { fanIn, fanOut } = fans(operation, shape);
  return Math.sqrt(2 / (fanIn + fanOut));
}

function kaimingStd(
  operation: string,
  shape: readonly number[],
  { mode = 'fanIn', nonlinearity = 'relu', slope = 0.01 }: KaimingOptions,
): number {
  const gains = {
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + slope ** 2)),
    tanh: 5 / 3,
    linear: 1,
  };
  return gains[nonlinearity] / Math.sqrt(fans(operation, shape)[mode]);
}
