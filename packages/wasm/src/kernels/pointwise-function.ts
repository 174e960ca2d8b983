import type { Formula } from '@unroll/backend';
import { countUp, FunctionBuilder, type Local } from '../assembly/function.ts';
import {
  type Expression,
  f32x4,
  i32,
  i32x4,
  type Statement,
  v128,
} from '../assembly/instructions.ts';
import { emitFormula } from '../vector/formula.ts';
import { VectorCode } from '../vector/vector-code.ts';
import type { MultiplyAdd } from './tile.ts';

/** How an operand goes along a row: floats or bools (bytes) one after the other, or one float for the row. */
export type Lane = 'floats' | 'bools' | 'one';

export interface PointwiseSpec {
  readonly formula: Formula;
  readonly inputs: readonly Lane[];
  /** All results are of this kind. */
  readonly output: 'floats' | 'bools';
}

const bytesOf = { floats: 16, bools: 4, one: 0 } as const;

/**
 * A formula over rows. Parameters: elements of a row, rows; for each input its address and the bytes from row to row; for
 * each output its address and those. Reads and writes up to 16 bytes too many.
 */
export function pointwiseFunction(spec: PointwiseSpec, madd: MultiplyAdd): FunctionBuilder {
  const { formula, inputs, output } = spec;
  const ports: Lane[] = [...inputs, ...formula.outputs.map(() => output)];
  const fn = new FunctionBuilder('pointwise', 2 + 2 * ports.length);
  const [n, rows, ...rest] = fn.parameters;
  const [column, row] = fn.locals('i32', 2);
  const bases = ports.map((_, i) => rest[2 * i]);
  const strides = ports.map((_, i) => rest[2 * i + 1]);
  const pointers = fn.locals('i32', ports.length);
  const code = new VectorCode(fn, madd);

  const splats = inputs.map((lane, i) =>
    lane === 'one' ? code.let(v128.loadSplat(bases[i].get)) : undefined,
  );
  const atRow = code.take();
  const values = inputs.map((lane, i) => splats[i] ?? code.let(load(lane, pointers[i].get)));
  const results = emitFormula(code, formula, values);
  for (const [i, result] of results.entries()) {
    code.emit(store(output, pointers[inputs.length + i].get, result));
  }
  const body = code.take();

  const advance = ports.flatMap((lane, i) =>
    lane === 'one' ? [] : [increase(pointers[i], i32.const(bytesOf[lane]))],
  );
  fn.emit(
    ...code.prologue(),
    countUp(
      row,
      rows.get,
      1,
      ...atRow,
      ...pointers.map((pointer, i) => pointer.set(bases[i].get)),
      column.set(i32.const(0)),
      countUp(column, n.get, 4, ...body, ...advance),
      ...bases.map((base, i) => increase(base, strides[i].get)),
    ),
  );
  return fn;
}

function increase(pointer: Local, by: Expression): Statement {
  return pointer.set(i32.add(pointer.get, by));
}

function load(lane: Lane, address: Expression): Expression {
  if (lane === 'floats') return v128.load(address);
  return i32x4.convertF32x4(i32x4.fromBytes(v128.loadZero(address)));
}

function store(output: 'floats' | 'bools', address: Expression, value: Expression): Statement {
  if (output === 'floats') return v128.store(address, value);
  const ones = v128.and(f32x4.ne(value, f32x4.const(0)), v128.const([1, 1, 1, 1]));
  return v128.storeLane(address, i32x4.toBytes(ones), 0);
}
