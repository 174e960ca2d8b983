import { tanh } from '../../math/index.ts';
import type { Program, Ref, Sum, Value } from '../../program/program.ts';
import { matrix, multiplyInto, packPanels, packRows } from '../matmul.ts';
import { type Column, everyRow, type Floats, type Rows } from './column.ts';
import type { SourceMemory } from './context.ts';

/** What the sums of a derivative program read. */
export interface Summing {
  readonly program: Program;
  readonly rows: Rows;
  readonly columns: readonly (Column | undefined)[];
  readonly memory: (ref: Ref) => SourceMemory;
  readonly vector: (ref: Ref) => Float64Array;
  /** The gradient, in double precision, of a whole parameter, memory or per-sequence value. */
  readonly gradient: (of: Value) => Float64Array;
}

/** Adds one sum of all steps to its gradient. */
export function addSum(sum: Sum, on: Summing): void {
  const into = on.program.values[sum.into];
  const gradient = on.gradient(into);
  const all = (ref: Ref): Floats => everyRow(on.columns[ref]!, on.rows);
  switch (sum.kind) {
    case 'product':
      addProduct(sum, into, gradient, on);
      break;
    case 'columns':
      addColumns(all(sum.value), into, gradient);
      break;
    case 'steps':
      addSteps(all(sum.value), gradient, on);
      break;
    case 'outer':
      addOuter(all(sum.weights), all(sum.vector), gradient, on, on.memory(sum.into));
      break;
    case 'additiveKeys':
      addKeys(sum, gradient, on, on.memory(sum.into));
      break;
    case 'additiveVector':
      addVector(sum, into, gradient, on, on.memory(sum.memory));
      break;
  }
}

/** Row r of all steps belongs to sequence i of the batch. */
function eachRow({ rows }: Summing, visit: (row: number, sequence: number) => void): void {
  rows.batchSizes.forEach((count, t) => {
    for (let i = 0; i < count; i++) visit(rows.firsts[t] + i, i);
  });
}

/** leftᵀ · right, one product over all rows of all steps, into a window of the parameter. */
function addProduct(
  { left, right }: Extract<Sum, { kind: 'product' }>,
  into: Value,
  gradient: Float64Array,
  on: Summing,
): void {
  if (into.kind !== 'weight') return;
  const { total } = on.rows;
  const [m, n] = [on.columns[left]!.size, on.columns[right]!.size];
  const x = packRows(matrix(everyRow(on.columns[left]!, on.rows), 0, m, true), m, total);
  const dy = packPanels(matrix(everyRow(on.columns[right]!, on.rows), 0, n), total, n);
  const product = new Float64Array(m * n);
  multiplyInto(product, 0, x, m, dy);
  const wide = on.program.parameters.find(({ name }) => name === into.parameter)!.shape[1];
  const [top] = into.rows ?? [0];
  for (let i = 0; i < m; i++) {
    const to = (top + i) * wide + into.columns[0];
    for (let j = 0; j < n; j++) gradient[to + j] += product[i * n + j];
  }
}

function addColumns(values: Floats, into: Value, gradient: Float64Array): void {
  if (into.kind !== 'weight') return;
  const [from, to] = into.columns;
  const n = to - from;
  for (let at = 0; at < values.length; at += n) {
    for (let j = 0; j < n; j++) gradient[from + j] += values[at + j];
  }
}

function addSteps(values: Floats, gradient: Float64Array, on: Summing): void {
  const n = values.length / on.rows.total;
  eachRow(on, (row, i) => {
    for (let j = 0; j < n; j++) gradient[i * n + j] += values[row * n + j];
  });
}

/** weightsⱼ · vector, at every entry that exists. */
function addOuter(
  weights: Floats,
  vector: Floats,
  gradient: Float64Array,
  on: Summing,
  { source, size, lengths }: SourceMemory,
): void {
  eachRow(on, (row, i) => {
    for (let j = 0; j < lengths[i]; j++) {
      const weight = weights[row * source + j];
      const to = (i * source + j) * size;
      for (let n = 0; n < size; n++) gradient[to + n] += weight * vector[row * size + n];
    }
  });
}

function addKeys(
  sum: Extract<Sum, { kind: 'additiveKeys' }>,
  gradient: Float64Array,
  on: Summing,
  keys: SourceMemory,
): void {
  const v = on.vector(sum.vector);
  eachScore(sum, on, keys, (ds, y, n, at) => {
    gradient[at] += ds * v[n] * (1 - y * y);
  });
}

function addVector(
  sum: Extract<Sum, { kind: 'additiveVector' }>,
  into: Value,
  gradient: Float64Array,
  on: Summing,
  keys: SourceMemory,
): void {
  const from = into.kind === 'weight' ? into.columns[0] : 0;
  eachScore(sum, on, keys, (ds, y, n) => {
    gradient[from + n] += ds * y;
  });
}

/** Each dsⱼ with each tanh(qₙ + kⱼₙ), and where kⱼₙ lies. */
function eachScore(
  sum: { readonly query: Ref; readonly gradient: Ref },
  on: Summing,
  { values, source, size, lengths }: SourceMemory,
  visit: (ds: number, y: number, n: number, at: number) => void,
): void {
  const query = everyRow(on.columns[sum.query]!, on.rows);
  const ds = everyRow(on.columns[sum.gradient]!, on.rows);
  eachRow(on, (row, i) => {
    for (let j = 0; j < lengths[i]; j++) {
      for (let n = 0; n < size; n++) {
        const at = (i * source + j) * size + n;
        visit(ds[row * source + j], tanh(query[row * size + n] + values[at]), n, at);
      }
    }
  });
}
