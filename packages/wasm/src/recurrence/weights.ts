import type { Operand, Program } from '@unroll/backend';
import { plainForm } from '../blas/plain.ts';
import { bring, bringForm } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { addressOf, versionOf } from '../memory/host-memory.ts';
import type { PackedForm } from '../memory/packed-weights.ts';
import { keyOf, type Matrix, sizesOf } from './products.ts';

/** The packed right side of a product; one that is used again unchanged is not packed again. */
export function panelsOf(
  machine: Machine,
  program: Program,
  matrix: Matrix,
): (operand: Operand) => number {
  const { k, n } = sizesOf(matrix);
  const { columns } = machine.tile;
  const bytes = 4 * k * Math.ceil(n / columns) * columns;
  const key = `${widthOf(program, matrix.parameter)} ${keyOf(matrix)}`;
  return (operand) => {
    const form = operand.offset === 0 ? key : `${operand.offset} ${key}`;
    const pack = (target: number) =>
      machine.workspace.during(() => packMatrix(machine, program, operand, matrix, target));
    return packed(machine, operand, { form, bytes, pack });
  };
}

/** A weight as it is, for a library; one that is used again unchanged is not brought again. */
export function bringPlain(machine: Machine, operand: Operand): number {
  return addressOf(operand) ?? packed(machine, operand, plainForm(machine, operand));
}

function packed(machine: Machine, operand: Operand, form: PackedForm): number {
  const kept = machine.packed.get(operand.memory, versionOf(operand), form);
  return bringForm(machine, form, kept);
}

function packMatrix(
  machine: Machine,
  program: Program,
  operand: Operand,
  { parameter, rows, columns, transposed }: Matrix,
  target: number,
): void {
  const width = widthOf(program, parameter);
  const window = { ...operand, offset: operand.offset + rows[0] * width };
  const read = { ...window, shape: [rows[1] - rows[0], width] };
  const source = bring(machine, read) + 4 * columns[0];
  const [height, columnCount] = [rows[1] - rows[0], columns[1] - columns[0]];
  const { packPanels, packTransposedPanels } = machine.functions;
  if (transposed) packTransposedPanels(source, 4 * width, target, columnCount, height);
  else packPanels(source, 4 * width, target, height, columnCount);
}

/** Columns of a whole parameter. */
export function widthOf(program: Program, parameter: string): number {
  const shape = program.parameters.find(({ name }) => name === parameter)?.shape ?? [];
  return shape[shape.length - 1];
}
