import { describe, expect, test } from 'vitest';
import { type ProgramBuilder, programBuilder } from './build.ts';
import { printProgram } from './print.ts';
import type { Program, Ref } from './program.ts';

const [m, n] = [3, 4];

/** A program whose one state h becomes what `step` makes of x and h. */
function cell(step: (b: ProgramBuilder, x: Ref, h: Ref) => Ref): Program {
  const b = programBuilder('cell');
  const x = b.step('x', m);
  const h = b.state('h', n);
  b.parameter('W', [m, 2 * n]);
  b.parameter('U', [n, 2 * n]);
  b.parameter('V', [m + n, n]);
  b.parameter('b', [2 * n]);
  b.next('h', b.named(step(b, x, h), 'h'));
  return b.finish();
}

const equation = (program: Program) =>
  printProgram(program)
    .split('\n')
    .filter((line) => line.includes(' = '))
    .map((line) => line.trim());

describe('one form for one meaning', () => {
  const left = [0, n] as const;
  const right = [n, 2 * n] as const;
  const whole = (b: ProgramBuilder, x: Ref, h: Ref) =>
    b.add(b.add(b.matmul(x, b.weight('W')), b.matmul(h, b.weight('U'))), b.weight('b'));

  test('sums of products and a vector are one affine value, in the order of the inputs', () => {
    const forward = cell((b, x, h) => b.columns(whole(b, x, h), left));
    const backward = cell((b, x, h) => {
      const hU = b.matmul(h, b.weight('U', { columns: left }));
      const xW = b.matmul(x, b.weight('W', { columns: left }));
      return b.add(hU, b.add(b.weight('b', { columns: left }), xW));
    });
    expect(equation(forward)).toEqual(['h = x·W[:, 0:4] + h[t-1]·U[:, 0:4] + b[0:4]']);
    expect(equation(backward)).toEqual(equation(forward));
  });

  test('columns cut after a pointwise function are cut before it', () => {
    const after = cell((b, x, h) => b.columns(b.pointwise('tanh', [whole(b, x, h)]), right));
    const before = cell((b, x, h) => b.pointwise('tanh', [b.columns(whole(b, x, h), right)]));
    expect(after).toEqual(before);
    expect(equation(after)).toEqual(['h = tanh(x·W[:, 4:8] + h[t-1]·U[:, 4:8] + b[4:8])']);
  });

  test('a product with values side by side is split by the rows of its matrix', () => {
    const joined = cell((b, x, h) => b.matmul(b.concat([h, x]), b.weight('V')));
    const apart = cell((b, x, h) =>
      b.add(
        b.matmul(x, b.weight('V', { rows: [n, m + n] })),
        b.matmul(h, b.weight('V', { rows: [0, n] })),
      ),
    );
    expect(joined).toEqual(apart);
    expect(equation(joined)).toEqual(['h = x·V[4:7, :] + h[t-1]·V[0:4, :]']);
  });

  test('a value that is also read whole is not computed a second time in parts', () => {
    const program = cell((b, x, h) => {
      const all = b.pointwise('tanh', [whole(b, x, h)], 'all');
      return b.mul(b.columns(all, left), b.rowSum(all));
    });
    expect(equation(program)[0]).toBe('all = tanh(x·W + h[t-1]·U + b)');
    expect(equation(program)[1]).toBe('h = all[:, 0:4]·Σ all');
  });

  test('a sum that something else reads too stays a value of its own', () => {
    const program = cell((b, x, h) => {
      const xW = b.matmul(x, b.weight('W', { columns: left }), 'xW');
      return b.mul(b.add(xW, b.matmul(h, b.weight('U', { columns: left }))), xW);
    });
    expect(equation(program)).toEqual(['xW = x·W[:, 0:4]', 'h = (xW + h[t-1]·U[:, 0:4])·xW']);
  });

  test('two vectors on one sum: the first is the bias, the second is added', () => {
    const program = cell((b, x, h) => {
      const xW = b.add(
        b.matmul(x, b.weight('W', { columns: left })),
        b.weight('b', { columns: left }),
      );
      const hU = b.add(
        b.matmul(h, b.weight('U', { columns: left })),
        b.weight('b', { columns: right }),
      );
      return b.add(xW, hU);
    });
    expect(equation(program)).toEqual(['h = x·W[:, 0:4] + h[t-1]·U[:, 0:4] + b[0:4] + b[4:8]']);
  });

  test('cuts of cuts and of values side by side lead back to the values themselves', () => {
    const program = cell((b, x, h) => {
      const both = b.concat([x, h]);
      return b.pointwise('tanh', [b.columns(b.columns(both, [1, m + n]), [m - 1, m + n - 1])]);
    });
    expect(equation(program)).toEqual(['h = tanh(h[t-1])']);
  });

  test('a sum of one value with itself keeps both', () => {
    const program = cell((b, x) => {
      const xW = b.matmul(x, b.weight('W', { columns: left }), 'xW');
      return b.add(xW, xW);
    });
    expect(equation(program)).toEqual(['xW = x·W[:, 0:4]', 'h = xW + xW']);
  });

  test('what nothing reads is gone, but declared inputs stay', () => {
    const program = cell((b, x, h) => {
      b.rowNorm(b.matmul(x, b.weight('W')));
      return b.pointwise('tanh', [h]);
    });
    expect(program.values.map(({ name }) => name)).toEqual(['x', 'h[t-1]', 'h']);
  });
});
