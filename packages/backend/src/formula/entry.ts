import type { Expression } from './expression.ts';
import { arg } from './expression.ts';
import type { Formula } from './formula.ts';
import type { GradientRule } from './primitives.ts';
import { toFormula } from './to-formula.ts';

/** One line of pointwise mathematics: a name, its formula and its derivative. */
export interface PointwiseEntry {
  readonly name: string;
  /** Names of the arguments. */
  readonly args: readonly string[];
  /** Made when it is first asked for, and then the same object, so that caches by identity work. */
  readonly formula: Formula;
  /** Given dy, the result and the arguments; undefined where there is no gradient. */
  readonly gradient: GradientRule;
  /** Comparisons and logic give a bool. */
  readonly result: 'same' | 'bool';
}

type Build = (...args: readonly Expression[]) => Expression;

/** What a row of the table says; its name is its key. */
export interface Row {
  readonly args: string;
  readonly result: 'same' | 'bool';
  readonly build: Build;
  readonly gradient: GradientRule;
}

/** A row with a derivative. */
export function smooth(args: string, build: Build, gradient: GradientRule): Row {
  return { args, result: 'same', build, gradient };
}

/** A row whose derivative is 0 wherever there is one. */
export function flat(args: string, build: Build): Row {
  return { args, result: 'same', build, gradient: none };
}

/** A row that answers yes or no: 1 or 0. */
export function test(args: string, build: Build): Row {
  return { args, result: 'bool', build, gradient: none };
}

const none: GradientRule = (_dy, _y, ...args) => args.map(() => undefined);

class Entry implements PointwiseEntry {
  readonly name: string;
  readonly args: readonly string[];
  readonly #row: Row;
  #formula: Formula | undefined;

  constructor(name: string, row: Row) {
    this.name = name;
    this.args = row.args.split(' ');
    this.#row = row;
  }

  get gradient(): GradientRule {
    return this.#row.gradient;
  }

  get result(): 'same' | 'bool' {
    return this.#row.result;
  }

  get formula(): Formula {
    this.#formula ??= toFormula(this.name, this.args.length, [
      this.#row.build(...this.args.map((_, i) => arg(i))),
    ]);
    return this.#formula;
  }
}

export function namedRows<Name extends string>(
  rows: Readonly<Record<Name, Row>>,
): Readonly<Record<Name, PointwiseEntry>> {
  const named = Object.entries<Row>(rows).map(([name, row]) => [name, new Entry(name, row)]);
  return Object.fromEntries(named) as Record<Name, PointwiseEntry>;
}
