import { parameter, type Tensor, tensor, zerosLike } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { clipGradValue } from './clip-grad-value.ts';

interface Clipping {
  gradients: Tensor[];
  value: { max: number; clipped: Tensor[] }[];
}

const { gradients, value } = fixture<Clipping>(import.meta.url, 'clipping');

for (const { max, clipped } of value) {
  test(`the limit of ${max} gives PyTorch's gradients`, () => {
    const params = gradients.map((g) => parameter(zerosLike(g)));
    for (const [i, p] of params.entries()) p.grad = gradients[i];
    clipGradValue([...params, parameter(tensor([1]))], { max });
    for (const [i, p] of params.entries()) expectClose(p.grad as Tensor, clipped[i]);
  });
}

test('the limit from below lifts small elements with their sign, and leaves zeros and NaN', () => {
  const p = parameter(tensor([0, 0, 0, 0, 0, 0]));
  p.grad = tensor([1e-9, -1e-3, 0, 0.3, -Infinity, Number.NaN]);
  clipGradValue([p], { max: 1, min: 0.25 });
  expectClose(p.grad, [0.25, -0.25, 0, 0.3, -1, Number.NaN]);
});

test('limits out of range or out of order are errors', () => {
  expect(() => clipGradValue([], { max: 0 })).toThrow(/clipGradValue: max must be above 0/);
  expect(() => clipGradValue([], { max: 1, min: 3 })).toThrow(/min must be at most max \(1\)/);
});
