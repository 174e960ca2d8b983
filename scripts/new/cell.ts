import { addLine, camelCase, type Scaffold, ScaffoldError } from './scaffold.ts';

/** A recurrent cell: its equations, their test, and its name for command lines and saved models. */
export function cellScaffold(name: string): Scaffold {
  const cell = camelCase(name);
  const folder = 'packages/cells/src/cells';
  return {
    files: {
      [`${folder}/${name}.ts`]: code(cell, name),
      [`${folder}/${name}.test.ts`]: test(cell, name),
    },
    edits: {
      'packages/cells/src/index.ts': addLine(`export { ${cell} } from './cells/${name}.ts';`),
      [`${folder}/names.ts`]: (text) => addName(text, cell, name),
      'packages/cells/README.md': (text) => addRow(text, cell, name),
    },
    install: false,
    next: `Put your equations into ${folder}/${name}.ts and name their source, put them as numbers into the test beside it, say their source and parameters in the table of packages/cells/README.md, then run \`pnpm vitest run ${folder}\`. \`pnpm task charlm --cell ${name}\` trains it.`,
  };
}

/** Adds the import and the entry of the table. */
function addName(text: string, cell: string, name: string): string {
  const key = cell === name ? cell : `'${name}': ${cell}`;
  const added = addLine(`import { ${cell} } from './${name}.ts';`)(text);
  const table = added.replace(
    /(export const cells = \{\n(?:.*\n)*?)(\} as const)/,
    `$1  ${key},\n$2`,
  );
  if (table === added) throw new ScaffoldError('names.ts has no table of cells to add to.');
  return table;
}

/** Adds a row to the table of cells, below the others. */
function addRow(text: string, cell: string, name: string): string {
  const row = `| \`${name}\` | \`${cell}\` | Zhou et al. 2016 | f takes | 2·(m·n + n² + n) |`;
  const added = text.replace(
    /(\n\| name \| export \| equations from [^\n]*\n(?:\|[^\n]*\n)*)/,
    `$1${row}\n`,
  );
  if (added === text) throw new ScaffoldError('README.md of cells has no table to add to.');
  return added;
}

const code = (
  cell: string,
  name: string,
) => `import { add, mul, sigmoid, sub, tanh } from '@unroll/tensor';
import { affine } from '../cell/affine.ts';
import { defineCell } from '../cell/define-cell.ts';

/**
 * The minimal gated unit (Zhou et al. 2016):
 *
 *     f_t = σ(x_t·W_f + h_{t−1}·U_f + b_f)
 *     n_t = tanh(x_t·W_n + (f_t ⊙ h_{t−1})·U_n + b_n)
 *     h_t = (1 − f_t) ⊙ h_{t−1} + f_t ⊙ n_t
 *
 * 2·(m·n + n² + n) parameters.
 */
export const ${cell} = defineCell({
  name: '${name}',
  states: ['h'],
  gates: ['f', 'n'],
  step({ x, h }, { W, U, b }) {
    const f = sigmoid(affine([x, W.f], [h, U.f], b.f));
    const n = tanh(affine([x, W.n], [mul(f, h), U.n], b.n));
    return { f, n, h: add(mul(sub(1, f), h), mul(f, n)) };
  },
});
`;

const test = (cell: string, name: string) => `import { scan, tensor } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { describe } from '../cell/describe.ts';
import { ${cell} } from './${name}.ts';

// Gradients, streaming, ragged batches and compiled code are tested for every cell of names.ts.

test('${name} is its equations', () => {
  const [x, h] = [0.6, -0.4];
  const [W, U, b] = [
    [0.7, -1.1],
    [0.3, 0.9],
    [0.1, -0.2],
  ];
  const f = 1 / (1 + Math.exp(-(x * W[0] + h * U[0] + b[0])));
  const n = Math.tanh(x * W[1] + f * h * U[1] + b[1]);
  const value = (values: number[]) => tensor(values, { dtype: 'float64' });
  const row = (values: number[]) => tensor([values], { dtype: 'float64' });
  const { outputs } = scan({
    program: ${cell}.program({ inputSize: 1, hiddenSize: 1, bias: true }),
    schedule: { batchSizes: [1], reverse: false },
    steps: { x: row([x]) },
    states: { h: row([h]) },
    parameters: { W: row(W), U: row(U), b: value(b) },
  });
  expectClose(outputs.h, [[(1 - f) * h + f * n]]);
});

test('${name} has the parameters that its equations count', () => {
  const [m, n] = [3, 5];
  const { parameters } = describe(${cell}, { inputSize: m, hiddenSize: n, bias: true });
  expect(parameters).toBe(2 * (m * n + n ** 2 + n));
});
`;
