import { ShapeError, sameShape } from '@unroll/backend';
import { assign, noGrad, replaceHeld, Tensor } from '@unroll/tensor';
import {
  makeGroups,
  type OptimizerOptions,
  type ParameterGroup,
  type ParameterInput,
} from './groups.ts';
import { notNegative, type Problem, positive, refuse } from './problems.ts';
import { type Memory, type OptimizerState, readState, type Slots, writeState } from './state.ts';

/**
 * Changes parameters along their gradients. A subclass says in `update` how one parameter changes; everything else is
 * here. Nothing reads a value, so on a GPU a step waits for nothing.
 *
 * @typeParam O the options, which every group has
 * @typeParam S what is remembered of each parameter between its updates, by name, in the parameter's shape
 * @example
 * class Halving extends Optimizer<{ lr: number }, Record<never, never>> {
 *   constructor(params: Tensor[]) {
 *     super('Halving', params, {}, { lr: 1 });
 *   }
 *   protected override problems() {
 *     return [];
 *   }
 *   protected override slots() {
 *     return [];
 *   }
 *   protected override update(p: Tensor, g: Tensor, { lr }: { lr: number }, _: object, t: number) {
 *     return { p: p.sub(g.mul(lr / 2 ** t)) };
 *   }
 * }
 */
export abstract class Optimizer<
  O extends OptimizerOptions = OptimizerOptions,
  S extends Slots = Slots,
> {
  /** What errors call it. */
  readonly name: string;
  /** Parameters with their options, which may be changed between steps. */
  readonly groups: readonly ParameterGroup<O>[];
  readonly #memories = new Map<Tensor, Memory<S>>();

  /**
   * @throws OptionError that lists all that is wrong: no parameters, one that is there twice, was computed or is not
   * floating; an option that does not exist or is out of range
   */
  constructor(name: string, params: ParameterInput<O>, options: Partial<O>, defaults: O) {
    this.name = name;
    this.groups = makeGroups(name, params, options, defaults);
    const problems = this.groups.map((group) => [
      positive('lr', group.lr),
      ...this.problems(group),
    ]);
    refuse(name, [...new Set(problems.flat())]);
  }

  /** What is wrong with options, except for `lr`. */
  protected abstract problems(options: O): readonly Problem[];

  /** The names of what is remembered with these options. */
  protected abstract slots(options: O): readonly (keyof S & string)[];

  /**
   * One parameter's next value, and what to remember. Both may be new tensors, or `p` and `slots` themselves, written over
   * (`assignTo` of a fused function does that in one pass).
   *
   * @param p the parameter
   * @param g its gradient, of the same shape
   * @param slots what the last update remembered; nothing before the first one
   * @param t which update of this parameter it is: 1, 2, …
   */
  protected abstract update(
    p: Tensor,
    g: Tensor,
    options: O,
    slots: Partial<S>,
    t: number,
  ): { p: Tensor } & S;

  /** The learning rate of the first group. Setting it sets that of all groups, and where schedules start from. */
  get lr(): number {
    return this.groups[0].lr;
  }

  set lr(lr: number) {
    refuse(this.name, [notNegative('lr', lr)]);
    for (const group of this.groups) {
      group.lr = lr;
      if (group.initialLr !== undefined) group.initialLr = lr;
    }
  }

  /**
   * Changes every parameter that has a gradient; one without is left alone, and so is what is remembered of it.
   *
   * @throws ShapeError, DTypeError for a gradient that is not of its parameter's shape or dtype
   */
  step(): void {
    noGrad(() => {
      for (const group of this.groups) {
        for (const p of group.params) {
          const gradient = Tensor.peekGrad(p);
          if (gradient) this.#change(p, gradient, group);
        }
      }
    });
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const { params } of this.groups) for (const p of params) p.grad = undefined;
  }

  /**
   * All that another optimizer of the same class, over parameters of the same shapes in the same order, needs to go on to
   * the same bits. The tensors in it never change.
   */
  stateDict(): OptimizerState {
    return writeState(this.groups, this.#memories);
  }

  /**
   * Goes on where a state was taken, options included.
   *
   * @throws DataError that lists all missing, unexpected and misshapen parts; then nothing has changed
   */
  loadStateDict(state: OptimizerState): void {
    const { options, memories } = readState(this.name, state, this.groups, {
      problems: (group) => [notNegative('lr', group.lr), ...this.problems(group)],
      slots: (group) => this.slots(group),
    });
    for (const [i, group] of this.groups.entries()) {
      // A schedule that was made before starts from the rate that came.
      if (group.initialLr !== undefined) group.initialLr = options[i].lr;
      Object.assign(group, options[i]);
    }
    replaceHeld([...this.#memories.values()], [...memories.values()]);
    this.#memories.clear();
    for (const [p, memory] of memories) this.#memories.set(p, memory as Memory<S>);
  }

  #change(p: Tensor, g: Tensor, options: O): void {
    if (!sameShape(p.shape, g.shape)) {
      throw new ShapeError(
        this.name,
        `a parameter is [${p.shape.join(', ')}], its gradient [${g.shape.join(', ')}]`,
        { parameter: p.shape, gradient: g.shape },
      );
    }
    const { t, slots } = this.#memories.get(p) ?? { t: 0, slots: {} };
    const { p: next, ...remembered } = this.update(p, g, options, slots, t + 1);
    if (next !== p) assign(p, next, this.name);
    if (isOther(slots, remembered)) replaceHeld(slots, remembered);
    this.#memories.set(p, { t: t + 1, slots: remembered as unknown as S });
  }
}

/** Whether anything was not written over, but made anew. */
function isOther(before: Partial<Slots>, after: Partial<Slots>): boolean {
  return Object.entries(after).some(([name, x]) => x !== before[name]);
}
