import { Matrix as Dense, EigenvalueDecomposition } from 'ml-matrix';
import type { Matrix } from './matrix.ts';

/** Rows seen from where they differ most. */
export interface PrincipalComponents {
  /** Each row's place along the components, `[rows][count]`. */
  readonly places: readonly (readonly number[])[];
  /** The share of the variance that each component holds, the largest first. */
  readonly shares: readonly number[];
}

/**
 * Principal components (Pearson 1901; Hotelling 1933): the directions in which rows vary most, and where each row lies along
 * them. The sign of a direction is free; here its largest element is positive.
 *
 * @param rows `[rows][features]`; at least two
 * @param count how many directions; fewer where there are fewer features
 * @example
 * const { places, shares } = principalComponents([[0, 0], [1, 2], [2, 4]], 1);
 * console.log(places.map(([x]) => x.toFixed(3)), shares); // -2.236, 0, 2.236; [1]
 */
export function principalComponents(rows: Matrix, count: number): PrincipalComponents {
  const x = new Dense(rows as number[][]).center('column');
  const covariance = x
    .transpose()
    .mmul(x)
    .div(Math.max(1, rows.length - 1));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues
    .map((_, i) => i)
    .sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const chosen = order.slice(0, count);
  const total = realEigenvalues.reduce((sum, value) => sum + Math.max(0, value), 0);
  const directions = chosen.map((i) => upright(eigenvectorMatrix.getColumn(i)));
  return {
    places: x.mmul(new Dense(directions).transpose()).to2DArray(),
    shares: chosen.map((i) => (total === 0 ? 0 : Math.max(0, realEigenvalues[i]) / total)),
  };
}

function upright(direction: number[]): number[] {
  const largest = direction.reduce((most, v) => (Math.abs(v) > Math.abs(most) ? v : most), 0);
  return largest < 0 ? direction.map((v) => -v) : direction;
}
