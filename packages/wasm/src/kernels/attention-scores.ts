import { countUp, FunctionBuilder, type Local } from '../assembly/function.ts';
import { f32x4, i32, type Statement, v128 } from '../assembly/instructions.ts';
import { exp } from '../vector/exponential.ts';
import { log } from '../vector/logarithm.ts';
import { VectorCode } from '../vector/vector-code.ts';
import { alongLine } from './lines.ts';
import { clearFrom } from './row-columns.ts';
import { firstLane, times4 } from './shorthand.ts';
import { changeLine, massOf } from './softmax-functions.ts';
import type { MultiplyAdd } from './tile.ts';

/** Rows of scores of which only some columns are in sight. */
class ScoreRows {
  readonly fn: FunctionBuilder;
  readonly code: VectorCode;
  /** Where the part in sight begins, and how many columns it has. */
  readonly x: Local;
  readonly n: Local;
  /** Further parameters. */
  readonly rest: readonly Local[];
  readonly #pointers: readonly Local[];
  readonly #first: Local;
  readonly #end: Local;

  /** Parameters: rows, scores, bytes from row to row, firsts, ends (i32), base, columns, then `rest` more. */
  constructor(name: string, rest: number, madd: MultiplyAdd) {
    this.fn = new FunctionBuilder(name, 7 + rest);
    this.code = new VectorCode(this.fn, madd);
    [this.x, this.n, this.#first, this.#end] = this.fn.locals('i32', 4);
    this.#pointers = this.fn.parameters.slice(0, 7);
    this.rest = this.fn.parameters.slice(7);
  }

  /** Zeros in the columns of a row out of sight. */
  clear(row: Local): Statement[] {
    const columns = this.#pointers[6];
    return [
      ...clearFrom(this.fn, row, i32.const(0), this.#first.get),
      ...clearFrom(this.fn, row, this.#end.get, columns.get),
    ];
  }

  /** Emits the loop over rows; `advance` moves pointers of the caller's own. */
  eachRow(body: readonly Statement[], advance: readonly Statement[]): FunctionBuilder {
    const [rows, scores, stride, firsts, ends, base] = this.#pointers;
    const row = this.fn.local('i32');
    const next = (pointer: Local, bytes: number) =>
      pointer.set(i32.add(pointer.get, i32.const(bytes)));
    this.fn.emit(
      ...this.code.prologue(),
      countUp(
        row,
        rows.get,
        1,
        this.#first.set(i32.sub(i32.load(firsts.get), base.get)),
        this.#end.set(i32.sub(i32.load(ends.get), base.get)),
        this.x.set(i32.add(scores.get, times4(this.#first.get))),
        this.n.set(i32.sub(this.#end.get, this.#first.get)),
        ...body,
        scores.set(i32.add(scores.get, stride.get)),
        next(firsts, 4),
        next(ends, 4),
        ...advance,
      ),
    );
    return this.fn;
  }

  get scores(): Local {
    return this.#pointers[1];
  }

  get stride(): Local {
    return this.#pointers[2];
  }
}

/**
 * Scores become weights: softmax over the columns in sight, zeros elsewhere; beside them log Σ eˢ. Writes up to three
 * elements beyond a row. Parameters: those of {@link ScoreRows}, then where the logarithms go.
 */
function attentionWeightsFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new ScoreRows('attentionWeights', 1, madd);
  const { fn, code, x, n, scores } = made;
  const [masses] = made.rest;
  const mass = massOf(code, x, n, (at, _, power) => [v128.store(at, power)]);
  const total = code.let(firstLane(code.let(mass.sum)));
  code.emit(v128.storeLane(masses.get, f32x4.add(mass.peak.get, log(code, total)), 0));
  const settle = code.take();
  return made.eachRow(
    [
      ...mass.find,
      ...settle,
      ...changeLine(fn, x, n, (value) => f32x4.div(value, total)),
      ...made.clear(scores),
    ],
    [masses.set(i32.add(masses.get, i32.const(4)))],
  );
}

/**
 * From scores s and dp: p = e^(s − m) in place of the scores, and ds = p·(dp − d) in place of dp; zeros out of sight. Writes
 * up to three elements beyond a row. Parameters: those of {@link ScoreRows}, then dp, m and d; rows of dp lie as far apart
 * as those of the scores.
 */
function attentionSlopesFunction(madd: MultiplyAdd): FunctionBuilder {
  const made = new ScoreRows('attentionSlopes', 3, madd);
  const { fn, code, x, n, scores, stride } = made;
  const [slopes, masses, levels] = made.rest;
  const [mass, level] = fn.locals('v128', 2);
  const body = alongLine(fn, x, n, (at) => {
    const slope = i32.add(at, i32.sub(slopes.get, scores.get));
    const p = exp(code, code.let(f32x4.sub(v128.load(at), mass.get)));
    const ds = f32x4.mul(p, f32x4.sub(v128.load(slope), level.get));
    return [...code.take(), v128.store(slope, ds), v128.store(at, p)];
  });
  const next = (pointer: Local) => pointer.set(i32.add(pointer.get, i32.const(4)));
  return made.eachRow(
    [
      mass.set(v128.loadSplat(masses.get)),
      level.set(v128.loadSplat(levels.get)),
      ...body,
      ...made.clear(scores),
      ...made.clear(slopes),
    ],
    [slopes.set(i32.add(slopes.get, stride.get)), next(masses), next(levels)],
  );
}

/** What attention does to rows of scores: softmax, and its derivative. */
export function attentionScoreFunctions(madd: MultiplyAdd): FunctionBuilder[] {
  return [attentionWeightsFunction(madd), attentionSlopesFunction(madd)];
}
