import { allocate, type Operand, type Program, type Ref } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { valuesOf, versionOf } from '../memory/host-memory.ts';
import type { Lease } from '../memory/leases.ts';
import type { Compiled } from './compile.ts';
import type { Rows } from './job.ts';
import { keyOf, type Matrix, type ProductPlan, sizesOf } from './products.ts';

/** The floats of an operand. */
export function floatsOf(operand: Operand): Float32Array {
  return valuesOf(operand) as Float32Array;
}

/** Copies floats into the machine's memory, in workspace. */
export function bring(machine: Machine, values: Float32Array): number {
  const address = machine.workspace.borrow(4 * values.length);
  machine.heap.floats.set(values, address / 4);
  machine.trace.copied(values.length);
  return address;
}

/** Zeros in workspace. */
export function bringZeros(machine: Machine, length: number): number {
  const address = machine.workspace.borrow(4 * length);
  machine.heap.floats.fill(0, address / 4, address / 4 + length);
  return address;
}

/** Rows of `columns` floats in a row. */
export function tight(address: number, columns: number, everyRow: boolean): Rows {
  return { address, stride: 4 * columns, everyRow };
}

/** Copies rows out of the machine's memory, without what lies between them. */
export function takeOut(
  machine: Machine,
  rows: Rows,
  count: number,
  columns: number,
): Float32Array {
  const { floats } = machine.heap;
  machine.trace.copied(count * columns);
  const start = rows.address / 4;
  if (rows.stride === 4 * columns) return floats.slice(start, start + count * columns);
  const out = allocate('float32', count * columns);
  for (let row = 0; row < count; row++) {
    const from = start + (row * rows.stride) / 4;
    out.set(floats.subarray(from, from + columns), row * columns);
  }
  return out;
}

/** Memory for the buffers of a plan; what the backward run will read is taken from its lease. */
export function bufferRows(
  machine: Machine,
  { plan }: Compiled,
  rows: { readonly batch: number; readonly total: number },
  kept?: { readonly saved: ReadonlySet<Ref>; readonly lease: Lease },
): Rows[] {
  return plan.layout.buffers.map(({ columns, values }) => {
    const everyRow = values.some((ref) => plan.everyRow.has(ref));
    const bytes = 4 * columns * (everyRow ? rows.total : rows.batch);
    const lease = values.some((ref) => kept?.saved.has(ref)) ? kept?.lease : undefined;
    const address = lease ? lease.take(bytes) : machine.workspace.borrow(bytes);
    return tight(address, columns, everyRow);
  });
}

/** Vectors of the parameters that stages and biases read. */
export function bringVectors(
  machine: Machine,
  program: Program,
  parameters: Readonly<Record<string, Operand>>,
): Map<Ref, Rows> {
  const whole = new Map<string, number>();
  const given = new Map<Ref, Rows>();
  for (const [ref, value] of program.values.entries()) {
    if (value.kind !== 'weight' || value.rows !== undefined) continue;
    const { parameter, columns } = value;
    const address = whole.get(parameter) ?? bring(machine, floatsOf(parameters[parameter]));
    whole.set(parameter, address);
    given.set(ref, { address: address + 4 * columns[0], stride: 0, everyRow: false });
  }
  return given;
}

/** Packs the right sides of products that no library computes; a weight that is used again unchanged is not packed again. */
export function bringPanels(
  machine: Machine,
  { plan }: Compiled,
  parameters: Readonly<Record<string, Operand>>,
  native: ReadonlyMap<ProductPlan, unknown>,
): Map<string, number> {
  const panels = new Map<string, number>();
  for (const instruction of [...plan.before, ...plan.loop, ...plan.after]) {
    if (instruction.kind !== 'product' || native.has(instruction.product)) continue;
    const { matrix } = instruction.product;
    const key = keyOf(matrix);
    if (panels.has(key)) continue;
    panels.set(key, bringMatrix(machine, plan.program, parameters[matrix.parameter], matrix));
  }
  return panels;
}

function bringMatrix(machine: Machine, program: Program, operand: Operand, matrix: Matrix): number {
  const { k, n } = sizesOf(matrix);
  const { columns } = machine.tile;
  const bytes = 4 * k * Math.ceil(n / columns) * columns;
  const form = `${operand.offset} ${operand.shape} ${keyOf(matrix)}`;
  const pack = (target: number) =>
    machine.workspace.during(() => packMatrix(machine, program, operand, matrix, target));
  const cached = machine.packed.get(operand.memory, versionOf(operand), { form, bytes, pack });
  if (cached !== undefined) return cached;
  const address = machine.workspace.borrow(bytes);
  pack(address);
  return address;
}

function packMatrix(
  machine: Machine,
  program: Program,
  operand: Operand,
  { parameter, rows, columns, transposed }: Matrix,
  target: number,
): void {
  const width = widthOf(program, parameter);
  const values = floatsOf(operand).subarray(rows[0] * width, rows[1] * width);
  const source = bring(machine, values) + 4 * columns[0];
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
