import type { Formula, Primitive } from '@unroll/backend';
import { type Expression, f32x4, v128 } from '../assembly/instructions.ts';
import { fromMask, primitives, toMask } from './primitives.ts';
import type { VectorCode } from './vector-code.ts';

/** A register: its floats, and where they are all 1 or 0 the same as a mask. */
interface Register {
  readonly floats: Expression;
  readonly mask?: Expression;
  /** The value of a constant. */
  readonly constant?: number;
}

/**
 * A formula for four lanes, inlined. Conditions stay masks as far as they are only combined and selected by; the floats
 * that nobody reads vanish in the engine.
 *
 * @param inputs - The arguments; they may be read many times.
 * @returns the results
 */
export function emitFormula(
  code: VectorCode,
  { arity, steps, outputs }: Formula,
  inputs: readonly Expression[],
): Expression[] {
  const registers: Register[] = inputs.slice(0, arity).map((floats) => ({ floats }));
  for (const step of steps) {
    if (step.op === 'constant') {
      registers.push({ floats: code.float(step.value), constant: step.value });
    } else {
      const args = step.args.map((x) => registers[x]);
      registers.push(emitStep(code, step.op, args));
    }
  }
  return outputs.map((register) => registers[register].floats);
}

function emitStep(code: VectorCode, op: Primitive, args: readonly Register[]): Register {
  const mask = maskOf(code, op, args);
  if (mask !== undefined) return { mask, floats: fromMask(code, mask) };
  if (op === 'select') return { floats: select(code, args) };
  const bound = op === 'maximum' || op === 'minimum' ? withBound(code, op, args) : undefined;
  return { floats: bound ?? primitives[op](code, ...args.map((x) => x.floats)) };
}

/** A condition, or one made of conditions: `or`, `and`, `not` as the table writes them. */
function maskOf(
  code: VectorCode,
  op: Primitive,
  [a, b]: readonly Register[],
): Expression | undefined {
  if (op === 'less') return code.let(f32x4.lt(a.floats, b.floats));
  if (op === 'equal') return code.let(f32x4.eq(a.floats, b.floats));
  if (op === 'subtract' && a.constant === 1 && b.mask) return code.let(v128.not(b.mask));
  if (a.mask === undefined || b?.mask === undefined) return undefined;
  if (op === 'maximum') return code.let(v128.or(a.mask, b.mask));
  if (op === 'minimum' || op === 'multiply') return code.let(v128.and(a.mask, b.mask));
  return undefined;
}

function select(code: VectorCode, [condition, yes, no]: readonly Register[]): Expression {
  const mask = condition.mask ?? toMask(code, condition.floats);
  return code.let(v128.select(yes.floats, no.floats, mask));
}

/** The greater or lesser of x and a constant: one instruction, where two unknowns (NaN, −0) take nine. */
function withBound(
  code: VectorCode,
  op: 'maximum' | 'minimum',
  [a, b]: readonly Register[],
): Expression | undefined {
  const [x, bound] = b.constant === undefined ? [b, a] : [a, b];
  if (bound.constant === undefined || Number.isNaN(bound.constant)) return undefined;
  const pick = op === 'maximum' ? f32x4.pmax : f32x4.pmin;
  const y = pick(x.floats, bound.floats);
  // Between −0 and 0 it chooses x; adding 0 makes +0 of both.
  return code.let(op === 'maximum' && bound.constant === 0 ? f32x4.add(y, code.float(0)) : y);
}
