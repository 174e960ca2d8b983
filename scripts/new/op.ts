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
import { tensor } from '../core/create.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { ${op} } from './${name}.ts';

test('${op} is its formula, with the first and the second derivative', () => {
  checkOperation({
    shapes: [[2, 3]],
    operation: (x) => ${op}(x),
    expected: (x) => x.map((value) => value ** 3),
  });
});

test('${op} refuses ids', () => {
  expect(() => ${op}(tensor([1, 2], { dtype: 'int32' }))).toThrow(DTypeError);
});
`;
