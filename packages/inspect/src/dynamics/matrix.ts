import { Matrix as Dense, EigenvalueDecomposition, SingularValueDecomposition } from 'ml-matrix';

/** Rows of numbers. */
export type Matrix = readonly (readonly number[])[];

/** A number of the plane. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** The eigenvalues of a square matrix, the largest magnitude first. */
export function eigenvalues(matrix: Matrix): Complex[] {
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(dense(matrix));
  return realEigenvalues
    .map((re, i) => ({ re, im: imaginaryEigenvalues[i] }))
    .sort((a, b) => magnitude(b) - magnitude(a));
}

export function magnitude({ re, im }: Complex): number {
  return Math.hypot(re, im);
}

/** ‖M‖₂, the largest singular value: how much longer a vector can become. */
export function spectralNorm(matrix: Matrix): number {
  const options = {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
    autoTranspose: true,
  };
  return new SingularValueDecomposition(dense(matrix), options).norm2;
}

export function product(a: Matrix, b: Matrix): number[][] {
  return dense(a).mmul(dense(b)).to2DArray();
}

export function identity(size: number): number[][] {
  return Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)),
  );
}

function dense(matrix: Matrix): Dense {
  return new Dense(matrix as number[][]);
}
