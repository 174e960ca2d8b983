import type { Module } from '@unroll/nn';
import { Tensor } from '@unroll/tensor';
import type { StepRecord } from '../history.ts';
import { type Layer, lookAtLayers } from './layers.ts';
import type { TrainingWarning } from './warning.ts';

/** So many norms must be known before one can be unusual, and so many are remembered. */
const [settled, remembered] = [20, 50];

/** Watches gradients: in which layers they vanish, which they do not reach, and when they explode. */
export class GradientWatch {
  readonly #norms: number[] = [];
  readonly #faint = new Lasting();
  readonly #unreached = new Lasting();

  /** After updates, with the gradients of the last. */
  async see(records: readonly StepRecord[], model: Module): Promise<TrainingWarning[]> {
    const found: TrainingWarning[] = [];
    // None are left where a step had to be taken back.
    if (!model.parameters().some((p) => Tensor.peekGrad(p))) return found;
    // A window without a target teaches nothing, and is no sign of anything.
    const teaching = records.filter(({ gradNorm }) => gradNorm > 0);
    for (const record of teaching) {
      const usual = this.#usual(record.gradNorm);
      // No step is too long whose gradient is below 1.
      if (!(record.gradNorm > Math.max(1, 100 * usual))) continue;
      const { layers } = await lookAtLayers(model);
      found.push(explodingWarning(record, usual, layers));
    }
    // The first steps tell most, and no run pays for more than a few looks.
    if (teaching.some(({ step }) => isPowerOfFour(step))) found.push(...(await this.#look(model)));
    return found;
  }

  /** The median norm of the steps before; infinite until that is known. */
  #usual(norm: number): number {
    const usual = this.#norms.length < settled ? Infinity : median(this.#norms);
    this.#norms.push(norm);
    if (this.#norms.length > remembered) this.#norms.shift();
    return usual;
  }

  async #look(model: Module): Promise<TrainingWarning[]> {
    const { layers, unreached } = await lookAtLayers(model);
    const largest = Math.max(...layers.map(({ perWeight }) => perWeight));
    const faint = layers.filter(({ perWeight }) => perWeight < 1e-4 * largest);
    const unused = this.#unreached.see(unreached);
    const vanishing = this.#faint.see(faint.map(({ name }) => name));
    return [
      ...(unused.length > 0 ? [unusedWarning(unused)] : []),
      ...(vanishing.length > 0 ? [vanishingWarning(vanishing, layers)] : []),
    ];
  }
}

/** What was so at three looks in a row. */
class Lasting {
  #times = new Map<string, number>();

  see(names: readonly string[]): string[] {
    this.#times = new Map(names.map((name) => [name, (this.#times.get(name) ?? 0) + 1]));
    return names.filter((name) => (this.#times.get(name) ?? 0) >= 3);
  }
}

function explodingWarning(
  { step, gradNorm }: StepRecord,
  usual: number,
  layers: readonly Layer[],
): TrainingWarning {
  const { name } = layers.reduce((most, each) => (each.norm > most.norm ? each : most));
  return {
    kind: 'exploding',
    message: `gradients explode: at step ${step} their norm is ${gradNorm.toPrecision(3)}, ${Math.round(gradNorm / usual)} times the usual ${usual.toPrecision(2)}, most of it in ${name}. Clip them (clip: { norm: … }, a few times the usual), or take a smaller learning rate.`,
  };
}

function vanishingWarning(names: readonly string[], layers: readonly Layer[]): TrainingWarning {
  const largest = layers.reduce((most, each) => (each.perWeight > most.perWeight ? each : most));
  const faint = layers.filter(({ name }) => names.includes(name));
  const share = Math.min(...faint.map(({ perWeight }) => perWeight)) / largest.perWeight;
  return {
    kind: 'vanishing',
    message: `gradients vanish: in ${names.join(', ')} they are down to ${share.toExponential(0)} of those in ${largest.name}, weight for weight, so that these layers hardly learn. Ways out: relu or tanh in the place of sigmoid, an orthogonal or Kaiming start, layer norm, skip connections, a cell with gates.`,
  };
}

function unusedWarning(names: readonly string[]): TrainingWarning {
  return {
    kind: 'unused',
    message: `no gradient reaches ${names.join(', ')}: the loss does not depend on these weights. Does forward use them, was something detached, or are all units of a relu below 0?`,
  };
}

const isPowerOfFour = (step: number): boolean => Number.isInteger(Math.log2(step) / 2);

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
