import { addLine, camelCase, type Scaffold } from './scaffold.ts';

/** An operation of `tensor` with its derivative and the test that holds one against the other. */
export function opScaffold(name: string): Scaffold {
  const op = camelCase(name);
  const folder = 'packages/tensor/src/operations';
  return {
    files: {
      [`${folder}/${name}.ts`]: code(op),
      [`${folder}/${name}.test.ts`]: test(op, name),
    },
    edits: {
      'packages/tensor/src/index.ts': addLine(`export { ${op} } from './operations/${name}.ts';`),
    },
    install: false,
    next: `Put your formula and its derivative into ${folder}/${name}.ts, its values into the test beside it, then run \`pnpm vitest run ${folder}/${name}\`.`,
  };
}

const code = (op: string) => `import { record } from '../autograd/record.ts';
import { asTensor, needFloating } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { mul, square } from './arithmetic.ts';
import { unrecorded } from './unrecorded.ts';

/**
 * x³, element by element; the shape and dtype of x.
 *
 * @throws DTypeError for ids and masks
 * @example
 * ${op}(tensor([1, 2, 3])); // [1, 8, 27]
 */
export function ${op}(x: Tensor): Tensor {
  needFloating('${op}', [asTensor('${op}', x)]);
  const y = unrecorded('${op}', () => mul(x, square(x)));
  return record('${op}', [x], y, ([dy]) => [dy && mul(dy, mul(3, square(x)))], [x]);
}
`;

const test = (op: string, name: string) => `import { DTypeError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { gradcheck, gradgradcheck } from '../autograd/gradcheck.ts';
import { tensor } from '../core/create.ts';
import { ${op} } from './${name}.ts';

test('${op} is the formula, in the shape of its input', () => {
  const y = ${op}(tensor([[1, 2, 3]]));
  expect(y.shape).toEqual([1, 3]);
  expect([...y.dataSync()]).toEqual([1, 8, 27]);
});

test('${op} agrees with differences, in its gradient and in the gradient of that', () => {
  const x = tensor([-1.5, -0.2, 0.3, 2], { dtype: 'float64' });
  gradcheck((y) => ${op}(y), [x]);
  gradgradcheck((y) => ${op}(y), [x]);
});

test('${op} refuses ids', () => {
  expect(() => ${op}(tensor([1, 2], { dtype: 'int32' }))).toThrow(DTypeError);
});
`;
