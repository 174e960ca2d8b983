import { OptionError, ShapeError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { ones, tensor, zeros } from '../core/create.ts';
import { checkOperation } from '../testing/check-operation.ts';
import { expectClose } from '../testing/expect-close.ts';
import { einsum } from './einsum.ts';

/** The definition: for every assignment of indices to letters, the product of all elements, added to its place. */
function naive(
  equation: string,
  shapes: readonly (readonly number[])[],
  values: Float64Array[],
): number[] {
  const [left, right] = equation.split('->');
  const words = left.split(',');
  const length = new Map<string, number>();
  words.forEach((word, i) => {
    [...word].forEach((letter, axis) => {
      length.set(letter, shapes[i][axis]);
    });
  });
  const letters = [...length.keys()];
  const at = (word: string, index: Map<string, number>) =>
    [...word].reduce((sum, l) => sum * (length.get(l) ?? 0) + (index.get(l) ?? 0), 0);
  const out = new Array<number>([...right].reduce((n, l) => n * (length.get(l) ?? 0), 1)).fill(0);
  const total = letters.reduce((n, l) => n * (length.get(l) ?? 0), 1);
  for (let n = 0; n < total; n++) {
    const index = new Map<string, number>();
    let rest = n;
    for (const letter of letters) {
      index.set(letter, rest % (length.get(letter) ?? 1));
      rest = Math.floor(rest / (length.get(letter) ?? 1));
    }
    out[at(right, index)] += words.reduce((p, word, i) => p * values[i][at(word, index)], 1);
  }
  return out;
}

describe('einsum', () => {
  test.each<[string, number[][]]>([
    ['ij->ji', [[2, 3]]],
    ['ijk->k', [[2, 3, 2]]],
    ['ij->', [[2, 3]]],
    ['i,i->', [[3], [3]]],
    ['i,j->ij', [[2], [3]]],
    ['i,i->i', [[3], [3]]],
    ['ij,j->i', [[2, 3], [3]]],
    [
      'ij,jk->ik',
      [
        [2, 3],
        [3, 2],
      ],
    ],
    [
      'ij,jk->ki',
      [
        [2, 3],
        [3, 2],
      ],
    ],
    [
      'ji,jk->ik',
      [
        [3, 2],
        [3, 2],
      ],
    ],
    [
      'ij,kj->ik',
      [
        [2, 3],
        [2, 3],
      ],
    ],
    [
      'bij,bjk->bik',
      [
        [2, 2, 3],
        [2, 3, 2],
      ],
    ],
    [
      'bthd,bshd->bhts',
      [
        [2, 2, 1, 2],
        [2, 3, 1, 2],
      ],
    ],
    [
      'ijk,jl->il',
      [
        [2, 2, 2],
        [2, 3],
      ],
    ],
    [
      'ij,jk,kl->il',
      [
        [2, 2],
        [2, 3],
        [3, 2],
      ],
    ],
    [
      'ij,ij,ij->i',
      [
        [2, 2],
        [2, 2],
        [2, 2],
      ],
    ],
    [',i->i', [[], [3]]],
  ])('%s', (equation, shapes) => {
    const lengths = new Map(
      [...equation.split('->')[0].replaceAll(',', '')].map((l, i) => [l, shapes.flat()[i]]),
    );
    const shape = [...equation.split('->')[1]].map((l) => lengths.get(l));
    expect(einsum(equation, ...shapes.map((s) => ones(s))).shape).toEqual(shape);
    checkOperation({
      shapes,
      operation: (...xs) => einsum(equation, ...xs),
      expected: (...values) => Float64Array.from(naive(equation, shapes, values)),
    });
  });

  test('without an arrow keeps the letters that stand once, in alphabetical order', () => {
    const x = tensor([[1, 2, 3]]);
    expect(einsum('ba', x).shape).toEqual([3, 1]);
    expect(einsum('ij,jk', zeros([2, 3]), zeros([3, 4])).shape).toEqual([2, 4]);
    expectClose(einsum('i,i', tensor([1, 2]), tensor([3, 4])), 11);
  });

  test('takes spaces, and letters of length 0', () => {
    expectClose(einsum(' i j , j k -> i k ', ones([1, 2]), ones([2, 1])), [[2]]);
    expectClose(einsum('ij,jk->ik', zeros([2, 0]), zeros([0, 1])), [[0], [0]]);
  });

  test('sums and turns ids, but does not multiply them', () => {
    const ids = tensor([[1, 2]], { dtype: 'int32' });
    expectClose(einsum('ij->j', ids), [1, 2]);
    expect(() => einsum('ij,ij->', ids, ids)).toThrow('matmul: needs floating tensors; got int32');
  });
});

describe('einsum refuses', () => {
  test.each([
    ['ii->i', "einsum: 'i' stands twice in 'ii' (diagonals are not known) in 'ii->i'"],
    ['ij->ii', "einsum: 'i' stands twice in 'ii' (diagonals are not known) in 'ij->ii'"],
    ['ij->k', "einsum: 'k' of the result stands in no operand in 'ij->k'"],
    ['ij->i->j', "einsum: '->' stands twice in 'ij->i->j'"],
    ['...j->j', "einsum: '.' is no letter in '...j->j'"],
    ['ij,j->i', 'einsum: the equation has 2 operands; got 1'],
  ])('%s', (equation, words) => {
    expect(() => einsum(equation, zeros([2, 2]))).toThrow(OptionError);
    expect(() => einsum(equation, zeros([2, 2]))).toThrow(words);
  });

  test('operands that do not fit', () => {
    expect(() => einsum('ij->i', zeros([2]))).toThrow(
      "einsum: operand 0 is 'ij', which needs 2 axes; got [2]",
    );
    const wrong = () => einsum('ij,jk->ik', zeros([2, 3]), zeros([4, 5]));
    expect(wrong).toThrow(ShapeError);
    expect(wrong).toThrow("einsum: 'j' must have one length; it is 3 in [2, 3] and 4 in [4, 5]");
  });
});
