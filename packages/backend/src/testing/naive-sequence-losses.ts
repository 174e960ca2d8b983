import type { RowPlaces } from '../contract/attention.ts';
import type { FusedKernels, Memory, Operand } from '../contract/backend.ts';
import { reader, tabulate } from './indices.ts';

type Path = readonly number[];

/** Sequence losses by their definition: every path there is, with its probability. Small sizes only. */
export const sequenceLosses: Pick<FusedKernels, 'ctcLoss' | 'crfLoss'> = {
  ctcLoss(call) {
    const { places, labels, labelLengths, blank } = call;
    const classes = call.logits.shape[1];
    const [x, label] = [reader(call.logits), reader(labels)];
    const losses: number[] = [];
    const slopes = new Map<string, number>();
    for (const [i, rows] of rowsOf(places).entries()) {
      const logits = rows.map((row) => range(classes).map((k) => x([row, k])));
      const wanted = range(labelLengths[i]).map((k) => label([i, k]));
      const fitting = pathsOf(rows.length, classes).filter(
        (path) => `${collapsed(path, blank)}` === `${wanted}`,
      );
      const scores = fitting.map((path) => sum(path.map((k, t) => logits[t][k])));
      const shares = softmax(scores);
      losses.push(sum(logits.map(logMass)) - logMass(scores));
      for (const [t, row] of rows.entries()) {
        for (const k of range(classes)) {
          const share = sum(shares.filter((_, n) => fitting[n][t] === k));
          slopes.set(`${row} ${k}`, softmax(logits[t])[k] - share);
        }
      }
    }
    return [listed(call.logits, losses), filled(call.logits, slopes)];
  },

  crfLoss(call) {
    const { emissions, places, transitions } = call;
    const count = emissions.shape[1];
    const [e, tag] = [reader(emissions), reader(call.tags)];
    const [move, start, end] = [transitions, call.start, call.end].map((x) => reader(x));
    const losses: number[] = [];
    const slopes = new Map<string, number>();
    const moves = new Map<string, number>();
    for (const [i, rows] of rowsOf(places).entries()) {
      const last = rows.length - 1;
      const scoreOf = (path: Path) =>
        start([path[0]]) +
        sum(path.map((k, t) => e([rows[t], k]) + (t > 0 ? move([path[t - 1], k]) : 0))) +
        end([path[last]]);
      const paths = pathsOf(rows.length, count);
      const scores = paths.map(scoreOf);
      const right = rows.map((row) => tag([row]));
      const shares = softmax(scores);
      const here = paths.findIndex((path) => `${path}` === `${right}`);
      losses.push(logMass(scores) - scores[here]);
      // d loss = Σ over paths of (share − 1 at the right one)·d score.
      for (const [n, path] of paths.entries()) {
        const slope = shares[n] - Number(n === here);
        for (const [t, k] of path.entries()) {
          add(slopes, `${rows[t]} ${k}`, slope);
          if (t > 0) add(moves, `${i} ${path[t - 1]} ${k}`, slope);
        }
      }
    }
    const shape = [losses.length, count, count];
    const dTransitions = tabulate(emissions.dtype, shape, (at) => moves.get(at.join(' ')) ?? 0);
    return [listed(emissions, losses), filled(emissions, slopes), dTransitions];
  },
};

function pathsOf(length: number, classes: number): Path[] {
  if (length === 0) return [[]];
  return pathsOf(length - 1, classes).flatMap((path) => range(classes).map((k) => [...path, k]));
}

/** Equal neighbours are one, and blanks nothing. */
function collapsed(path: Path, blank: number): Path {
  return path.filter((k, t) => k !== path[t - 1] && k !== blank);
}

function rowsOf({ lengths, starts, positions }: RowPlaces): number[][] {
  return lengths.map((length, i) => range(length).map((t) => starts[t] + positions[i]));
}

function filled({ dtype, shape }: Operand, values: ReadonlyMap<string, number>): Memory {
  return tabulate(dtype, shape, (index) => values.get(index.join(' ')) ?? 0);
}

function listed({ dtype }: Operand, values: readonly number[]): Memory {
  return tabulate(dtype, [values.length], ([i]) => values[i]);
}

function add(sums: Map<string, number>, key: string, value: number): void {
  sums.set(key, (sums.get(key) ?? 0) + value);
}

function softmax(x: readonly number[]): number[] {
  const masses = x.map((value) => Math.exp(value - Math.max(...x)));
  return masses.map((mass) => mass / sum(masses));
}

function logMass(x: readonly number[]): number {
  const peak = Math.max(...x);
  return peak + Math.log(sum(x.map((value) => Math.exp(value - peak))));
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
