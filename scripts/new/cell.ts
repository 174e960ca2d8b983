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
    },
    install: false,
    next: `Put your equations into ${folder}/${name}.ts and name their source, then run \`pnpm vitest run ${folder}/${name}\`. \`pnpm task charlm --cell ${name}\` trains it.`,
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

const test = (cell: string, name: string) => `import {
  gradcheck,
  gradgradcheck,
  randomStream,
  reshape,
  Sequence,
  scan,
  slice,
  sum,
  type Tensor,
} from '@unroll/tensor';
import { expect, test } from 'vitest';
import { Recurrent } from '../layers/recurrent.ts';
import { stream } from '../layers/stream.ts';
import { ${cell} } from './${name}.ts';

const sizes = { inputSize: 4, hiddenSize: 3 };
const draws = randomStream('${name}');

/** Two sequences of three and two steps, in double precision. */
function checked(bias: boolean, check: typeof gradcheck) {
  const shapes = Object.entries(${cell}.shapes({ ...sizes, bias }));
  const float64 = { dtype: 'float64', std: 0.5 } as const;
  const inputs = [
    draws.normal([5, sizes.inputSize], float64),
    ...${cell}.states.map(() => draws.normal([2, sizes.hiddenSize], float64)),
    ...shapes.map(([, shape]) => draws.normal(shape, float64)),
  ];
  const run = (x: Tensor, ...rest: Tensor[]) => {
    const { outputs, finalStates } = scan({
      program: ${cell}.program({ ...sizes, bias }),
      schedule: { batchSizes: [2, 2, 1], reverse: false },
      steps: { x },
      states: Object.fromEntries(${cell}.states.map((state, i) => [state, rest[i]])),
      parameters: Object.fromEntries(
        shapes.map(([weight], i) => [weight, rest[${cell}.states.length + i]]),
      ),
    });
    return [...Object.values(outputs), ...Object.values(finalStates)];
  };
  check(run, inputs);
}

test.each([true, false])('${name} has the gradient of its equations (bias: %s)', (bias) => {
  checked(bias, gradcheck);
});

test('${name} has the second derivatives of its equations', () => {
  checked(true, gradgradcheck);
});

test('${name} gives a ragged batch the same outputs as its sequences one by one', () => {
  const layer = new Recurrent({ cell: ${cell}, ...sizes });
  const parts = [3, 1, 4].map((time) => draws.normal([time, sizes.inputSize], {}));
  const together = layer.forward(Sequence.fromArrays(parts)).output.toTensors();
  for (const [i, part] of parts.entries()) {
    const alone = layer.forward(Sequence.fromArrays([part])).output.toTensors()[0];
    expectNear(together[i], alone);
  }
});

test('${name} fed step by step gives the outputs of the whole sequence', () => {
  const layer = new Recurrent({ cell: ${cell}, ...sizes });
  const x = draws.normal([2, 5, sizes.inputSize], {});
  const { output } = layer.forward(x);
  const live = stream(layer);
  for (let t = 0; t < 5; t++) {
    const step = { axis: 1, from: t, to: t + 1 };
    const y = live.step(reshape(slice(x, step), [2, sizes.inputSize]));
    expectNear(y, reshape(slice(output, step), [2, sizes.hiddenSize]));
  }
});

test('${name} learns from its first step on', () => {
  const layer = new Recurrent({ cell: ${cell}, ...sizes });
  sum(layer.forward(draws.normal([2, 4, sizes.inputSize], {})).output).backward();
  for (const [weight, parameter] of layer.namedParameters()) {
    expect([weight, parameter.grad?.dataSync().some((g) => g !== 0)]).toEqual([weight, true]);
  }
});

/** To float32 rounding over a few steps. */
function expectNear(actual: Tensor, expected: Tensor) {
  expect(actual.shape).toEqual(expected.shape);
  const wanted = expected.dataSync();
  for (const [i, value] of actual.dataSync().entries()) expect(value).toBeCloseTo(wanted[i], 5);
}
`;
