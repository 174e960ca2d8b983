import { countUp, type FunctionBuilder, type Local } from '../assembly/function.ts';
import { type Expression, f32x4, i32, type Statement, v128 } from '../assembly/instructions.ts';
import { tanh } from '../vector/exponential.ts';
import { VectorCode } from '../vector/vector-code.ts';
import { alongRow, RowFunction, RowTotal, type Spot } from './row-walk.ts';
import type { MultiplyAdd } from './tile.ts';

/**
 * A function over rows of memories in the making: a row of a memory holds the entries of one sequence, one after the other,
 * `entryBytes` apart, as many as `lengths` says. Parameters: rows, an address and a stride for each port, then n, entryBytes
 * and whatever else.
 */
export class EntryFunction {
  readonly fn: FunctionBuilder;
  readonly code: VectorCode;
  readonly madd: MultiplyAdd;
  readonly ports: readonly Local[];
  /** Elements of an entry. */
  readonly n: Local;
  /** Parameters after `entryBytes`. */
  readonly rest: readonly Local[];
  /** How many entries the row has. */
  readonly length: Local;
  readonly #made: RowFunction;
  readonly #entryBytes: Local;
  readonly #lengths: Local;
  readonly #walked: { readonly from: Local; readonly pointer: Local; readonly by: Expression }[] =
    [];

  /** @param lengths which of the ports it is */
  constructor(
    name: string,
    { ports, lengths, rest = 0 }: { ports: number; lengths: number; rest?: number },
    madd: MultiplyAdd,
  ) {
    this.#made = new RowFunction(name, ports, 2 + rest);
    const { fn, pointers } = this.#made;
    this.fn = fn;
    this.madd = madd;
    this.code = new VectorCode(fn, madd);
    this.ports = pointers;
    [this.n, this.#entryBytes, ...this.rest] = this.#made.rest;
    this.#lengths = pointers[lengths];
    this.length = fn.local('i32');
  }

  /** Points to each entry of a memory in turn. */
  walk(memory: Local): Local {
    return this.#add(memory, this.#entryBytes.get);
  }

  /** Points to the number of each entry in turn. */
  step(row: Local): Local {
    return this.#add(row, i32.const(4));
  }

  /** Visits the entries that exist, one after the other. */
  forEach(body: readonly Statement[]): Statement[] {
    const j = this.fn.local('i32');
    return [
      this.length.set(i32.load(this.#lengths.get)),
      ...this.#walked.map(({ from, pointer }) => pointer.set(from.get)),
      j.set(i32.const(0)),
      countUp(
        j,
        this.length.get,
        1,
        ...body,
        ...this.#walked.map(({ pointer, by }) => pointer.set(i32.add(pointer.get, by))),
      ),
    ];
  }

  /**
   * Along the columns, Σⱼ factorⱼ·termⱼ over the entries that exist.
   *
   * @param factor points to the number of each entry
   * @param term is computed with `code`
   * @param store what becomes of a sum
   */
  sums(
    factor: Local,
    term: (spot: Spot) => Expression,
    store: (spot: Spot, sum: Expression) => Statement,
  ): Statement[] {
    const { code, fn, madd } = this;
    const { units } = new RowTotal(fn);
    const add = (spot: Spot): Statement[] => {
      const sum = units[spot.unit];
      const value = term(spot);
      return [...code.take(), sum.set(madd(v128.loadSplat(factor.get), value, sum.get))];
    };
    return alongRow(fn, this.n, (spots) => [
      ...spots.map(({ unit }) => units[unit].set(f32x4.const(0))),
      ...this.forEach(spots.flatMap(add)),
      ...spots.map((spot) => store(spot, units[spot.unit].get)),
    ]);
  }

  /** Emits the loop over rows. */
  finish(body: readonly Statement[]): FunctionBuilder {
    return this.#made.eachRow(this.code.prologue(), body);
  }

  #add(from: Local, by: Expression): Local {
    const pointer = this.fn.local('i32');
    this.#walked.push({ from, pointer, by });
    return pointer;
  }
}

/** tanh(q + k), the heart of an additive score. */
export function tanhOfSum(code: VectorCode, spot: Spot, q: Local, k: Local): Expression {
  return tanh(code, code.let(f32x4.add(spot.load(q), spot.load(k))));
}

/** 1 − y², its derivative. */
export function tanhSlope(code: VectorCode, y: Expression): Expression {
  return code.let(f32x4.sub(code.float(1), f32x4.mul(y, y)));
}
