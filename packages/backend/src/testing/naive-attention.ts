import { type Attention, keysInSight } from '../contract/attention.ts';
import type { FusedKernels, Memory, Operand } from '../contract/backend.ts';
import type { At } from './indices.ts';
import { reader, tabulate } from './indices.ts';

type Matrix = number[][];

/** Attention with whole matrices, as in a textbook: P = softmax(scale·Q·Kᵀ), Y = P·V. */
export const attention: Pick<FusedKernels, 'attention' | 'attentionBackward'> = {
  attention(call) {
    const { q, heads } = call;
    const valueSize = call.v.shape[1] / call.kvHeads;
    const outputs = new Sums();
    const masses = new Sums();
    for (const head of headsOf(call)) {
      const scores = scoresOf(call, head);
      const weights = scores.map(softmax);
      const y = product(weights, head.v);
      head.rows.forEach((row, t) => {
        outputs.add(row, head.number * valueSize, y[t]);
        masses.add(row, head.number, [Math.log(sum(scores[t].map(Math.exp)))]);
      });
    }
    const rows = q.shape[0];
    return [outputs.memory(q, [rows, heads * valueSize]), masses.memory(q, [rows, heads])];
  },

  attentionBackward(call, _y, _logMass, dy) {
    const { q, k, v, scale } = call;
    const [dq, dk, dv] = [new Sums(), new Sums(), new Sums()];
    const slopes = reader(dy);
    for (const head of headsOf(call)) {
      const p = scoresOf(call, head).map(softmax);
      const valueSize = head.v[0].length;
      const dys = block(slopes, head.rows, head.number, valueSize);
      const dp = product(dys, transposed(head.v));
      const ds = p.map((row, t) => {
        const level = sum(row.map((weight, j) => weight * dp[t][j]));
        return row.map((weight, j) => scale * weight * (dp[t][j] - level));
      });
      const size = head.q[0].length;
      const put = (sums: Sums, rows: readonly number[], at: number, values: Matrix) =>
        rows.forEach((row, t) => {
          sums.add(row, at, values[t]);
        });
      put(dq, head.rows, head.number * size, turned(call, product(ds, head.k), head, -1));
      const dks = turned(call, product(transposed(ds), head.q), head, -1);
      put(dk, head.keyRows, head.group * size, dks);
      put(dv, head.keyRows, head.group * valueSize, product(transposed(p), dys));
    }
    return [dq.memory(q, q.shape), dk.memory(k, k.shape), dv.memory(v, v.shape)];
  },
};

/** One head of one sequence: its matrices, and which rows they are. */
interface Head {
  readonly number: number;
  readonly group: number;
  readonly rows: readonly number[];
  readonly keyRows: readonly number[];
  readonly q: Matrix;
  readonly k: Matrix;
  readonly v: Matrix;
}

function headsOf(call: Attention): Head[] {
  return plainHeadsOf(call).map((head) => ({
    ...head,
    q: turned(call, head.q, head, 1),
    k: turned(call, head.k, head, 1),
  }));
}

/** Rows times the matrix that turns each pair by the angle of the row's place, the last row beside the last key. */
function turned({ turns }: Attention, x: Matrix, { keyRows }: Head, sign: number): Matrix {
  if (turns === undefined) return x;
  const at = reader(turns);
  return x.map((row, t) => {
    const place = t + keyRows.length - x.length;
    const matrix = row.map((_, from) =>
      row.map((__, to) => {
        const pair = from - (from % 2);
        if (to - (to % 2) !== pair) return 0;
        if (from === to) return at([place, pair]);
        return (from < to ? 1 : -1) * sign * at([place, pair + 1]);
      }),
    );
    return product([row], matrix)[0];
  });
}

function plainHeadsOf({ q, k, v, queries, keys, heads, kvHeads }: Attention): Head[] {
  const [qs, ks, vs] = [reader(q), reader(k), reader(v)];
  const [size, valueSize] = [q.shape[1] / heads, v.shape[1] / kvHeads];
  const rowsOf = ({ lengths, starts, positions }: Attention['queries'], i: number) =>
    Array.from({ length: lengths[i] }, (_, t) => starts[t] + positions[i]);
  return queries.lengths.flatMap((_, i) =>
    Array.from({ length: heads }, (_, number) => {
      const [rows, keyRows] = [rowsOf(queries, i), rowsOf(keys, i)];
      const group = Math.floor(number / (heads / kvHeads));
      return {
        ...{ number, group, rows, keyRows },
        q: block(qs, rows, number, size),
        k: block(ks, keyRows, group, size),
        v: block(vs, keyRows, group, valueSize),
      };
    }),
  );
}

/** −Infinity where a key is out of sight. */
function scoresOf(call: Attention, { q, k }: Head): Matrix {
  return product(q, transposed(k)).map((row, t) => {
    const [first, end] = keysInSight(call, t, q.length, k.length);
    return row.map((score, j) => (j < first || j >= end ? -Infinity : call.scale * score));
  });
}

function softmax(scores: readonly number[]): number[] {
  const masses = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return masses.map((mass) => mass / sum(masses));
}

function block(at: At, rows: readonly number[], number: number, width: number): Matrix {
  return rows.map((row) => Array.from({ length: width }, (_, c) => at([row, number * width + c])));
}

function product(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => b[0].map((_, c) => sum(row.map((value, j) => value * b[j][c]))));
}

function transposed(a: Matrix): Matrix {
  return a[0].map((_, c) => a.map((row) => row[c]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** A matrix to which pieces of rows are added. */
class Sums {
  readonly #values = new Map<string, number>();

  add(row: number, column: number, values: readonly number[]): void {
    values.forEach((value, c) => {
      const key = `${row} ${column + c}`;
      this.#values.set(key, (this.#values.get(key) ?? 0) + value);
    });
  }

  memory({ dtype }: Operand, shape: readonly number[]): Memory {
    return tabulate(dtype, shape, (index) => this.#values.get(index.join(' ')) ?? 0);
  }
}
