import { affine } from '@unroll/cells';
import { Module } from '@unroll/nn';
import {
  add,
  mul,
  type Parameter,
  parameter,
  type RandomStream,
  randomStream,
  type Sequence,
  scan,
  sigmoid,
  split,
  sub,
  type Tensors,
  tanh,
  traceProgram,
  zeros,
} from '@unroll/tensor';
import type { TrainingSpec } from '../../specs.ts';

type Kind = 'variational' | 'zoneout';

const dropped = 0.2;

/**
 * An LSTM with masks inside the recurrence: one for each sequence on x and on h (Gal & Ghahramani 2016), or one at every
 * step that keeps old states (zoneout, Krueger et al. 2017). `defineCell` has no masks yet, so its step is traced here.
 */
export class Masked extends Module {
  readonly #kind: Kind;
  readonly #n: number;
  readonly #m: number;
  readonly #weights: Record<'W' | 'U' | 'b', Parameter>;
  readonly #program: ReturnType<typeof traceProgram>;
  readonly #draws: RandomStream;

  constructor(kind: Kind, { inputSize: m, hiddenSize: n }: TrainingSpec) {
    super();
    this.#kind = kind;
    [this.#m, this.#n] = [m, n];
    this.#draws = randomStream('masks');
    const bound = 1 / Math.sqrt(n);
    const matrix = (rows: number) =>
      parameter(this.#draws.uniform([rows, 4 * n], { low: -bound, high: bound }));
    this.#weights = { W: matrix(m), U: matrix(n), b: parameter(zeros([4 * n])) };
    this.#program = trace(kind, m, n);
  }

  override ownParameters(): Record<string, Parameter> {
    return this.#weights;
  }

  override forward(x: Sequence): { output: Sequence } {
    const zero = zeros([x.batch, this.#n]);
    const { outputs } = scan({
      program: this.#program,
      schedule: x.schedule(),
      steps: { x: x.rows, ...this.#stepMasks(x) },
      states: { h: zero, c: zero },
      sequences: this.#sequenceMasks(x),
      parameters: this.#weights,
    });
    return { output: x.withRows(outputs.h) };
  }

  #stepMasks({ rows }: Sequence): Tensors {
    if (this.#kind === 'variational') return {};
    const mask = () => this.#draws.bernoulli([rows.shape[0], this.#n], dropped);
    return { keepH: mask(), keepC: mask() };
  }

  #sequenceMasks({ batch }: Sequence): Tensors {
    if (this.#kind === 'zoneout') return {};
    const mask = (size: number) =>
      this.#draws.bernoulli([batch, size], 1 - dropped, { value: 1 / (1 - dropped) });
    return { maskX: mask(this.#m), maskH: mask(this.#n) };
  }
}

function trace(kind: Kind, m: number, n: number) {
  const parameters = { W: [m, 4 * n], U: [n, 4 * n], b: [4 * n] };
  const states = { h: n, c: n };
  if (kind === 'variational') {
    const inputs = { steps: { x: m }, states, sequences: { maskX: m, maskH: n }, parameters };
    return traceProgram(
      'LSTM with variational dropout',
      inputs,
      ({ x, h, c, maskX, maskH }, w) => lstmStep(mul(x, maskX), mul(h, maskH), c, w),
      ['h'],
    );
  }
  const inputs = { steps: { x: m, keepH: n, keepC: n }, states, parameters };
  return traceProgram(
    'LSTM with zoneout',
    inputs,
    ({ x, h, c, keepH, keepC }, w) => {
      const next = lstmStep(x, h, c, w);
      return { h: mixed(next.h, h, keepH), c: mixed(next.c, c, keepC) };
    },
    ['h'],
  );
}

type Values = Parameters<Parameters<typeof traceProgram>[2]>[0];
type Value = Values[string];

function lstmStep(x: Value, h: Value, cOld: Value, { W, U, b }: Values) {
  const [i, f, g, o] = split(affine([x, W], [h, U], b), 4, { axis: -1 });
  const c = add(mul(sigmoid(f), cOld), mul(sigmoid(i), tanh(g)));
  return { h: mul(sigmoid(o), tanh(c)), c };
}

/** The new value where the mask is 0, the old one where it is 1. */
function mixed(next: Value, old: Value, keep: Value): Value {
  return add(next, mul(keep, sub(old, next)));
}
