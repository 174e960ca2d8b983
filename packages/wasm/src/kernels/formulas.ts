import type { Formula } from '@unroll/backend';
import type { Instantiated, Machine } from '../machine/machine.ts';
import { type Lane, type PointwiseSpec, pointwiseFunction } from './pointwise-function.ts';

/** A module with one function, `pointwise`. */
export type Compiled = Pick<Instantiated, 'code' | 'functions'>;
type Variant = number | string;

/** Formulas that are kept compiled when their objects are gone. */
const MOST = 512;

/** Compiled formulas: found by the formula's identity, else by what it says. */
export class Formulas {
  readonly #machine: Machine;
  readonly #byIdentity = new WeakMap<Formula, Map<Variant, Compiled>>();
  readonly #byContent = new Map<string, Compiled>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  compile(spec: PointwiseSpec): Compiled {
    let variants = this.#byIdentity.get(spec.formula);
    if (variants === undefined) {
      variants = new Map();
      this.#byIdentity.set(spec.formula, variants);
    }
    const variant = variantOf(spec);
    let compiled = variants.get(variant);
    if (compiled === undefined) {
      compiled = this.#known(`${spec.inputs} ${spec.output} ${contentOf(spec.formula)}`, spec);
      variants.set(variant, compiled);
    }
    return compiled;
  }

  #known(key: string, spec: PointwiseSpec): Compiled {
    const known = this.#byContent.get(key);
    if (known !== undefined) return known;
    const machine = this.#machine;
    const { code, functions } = machine.instantiate([pointwiseFunction(spec, machine.madd)]);
    const compiled = { code, functions };
    if (this.#byContent.size >= MOST) {
      for (const oldest of this.#byContent.keys()) {
        this.#byContent.delete(oldest);
        break;
      }
    }
    this.#byContent.set(key, compiled);
    return compiled;
  }
}

const digits: Readonly<Record<Lane, number>> = { floats: 0, bools: 1, one: 2 };

/** Which kinds of operands a formula is compiled for: a number, base 3, where it is exact. */
function variantOf({ inputs, output }: PointwiseSpec): Variant {
  if (inputs.length > 32) return `${inputs} ${output}`;
  let number = digits[output];
  for (const lane of inputs) number = 3 * number + digits[lane];
  return number;
}

/** Equal for formulas that compute the same in the same way. */
function contentOf({ arity, steps, outputs }: Formula): string {
  const written = steps.map((step) => {
    if (step.op !== 'constant') return `${step.op} ${step.args}`;
    return Object.is(step.value, -0) ? '-0' : `${step.value}`;
  });
  return `${arity}; ${written.join('; ')}; ${outputs}`;
}
