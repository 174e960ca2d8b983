import { OptionError, ShapeError, sizeOf } from '@unroll/backend';
import { asTensor } from '../core/accept.ts';
import type { Tensor } from '../core/tensor.ts';
import { reshape } from './core.ts';
import { matmul } from './matmul.ts';
import { sum } from './reduce.ts';
import { transpose } from './transpose.ts';

/** A tensor whose axes have letters. */
interface Labelled {
  readonly x: Tensor;
  readonly letters: readonly string[];
}

/**
 * Einstein's sum: every axis has a letter, axes of one letter are multiplied element by element, and letters that the
 * result does not have are summed. Without `->` the result has the letters that stand once, in alphabetical order.
 * Several operands are multiplied from left to right. Each operand's own letters differ (no diagonals).
 *
 * @throws OptionError for an equation that cannot be read; ShapeError when it does not fit the operands
 * @example
 * einsum('bij,bjk->bik', ones([2, 3, 4]), ones([2, 4, 5])); // [2, 3, 5], a batch of matrix products
 * einsum('ij->j', ones([3, 2]));                            // [3, 3], the sum of each column
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  const { inputs, output } = parse(equation);
  const factors = label(inputs, operands);
  let product = factors[0];
  for (const [i, factor] of factors.entries()) {
    if (i === 0) continue;
    const later = new Set([...output, ...factors.slice(i + 1).flatMap(({ letters }) => letters)]);
    product = multiply(product, factor, later);
  }
  return arrange(keepOnly(product, new Set(output)), output).x;
}

function parse(equation: string): { inputs: string[][]; output: string[] } {
  const text = equation.replaceAll(' ', '');
  const [left, right, ...more] = text.split('->');
  const inputs = left.split(',').map((word) => [...word]);
  const letters = inputs.flat();
  const output =
    right === undefined ? letters.filter((l) => isSingle(l, letters)).sort() : [...right];
  const fail = (words: string): never => {
    throw new OptionError('einsum', `${words} in '${equation}'`, { equation });
  };
  const strange = [...letters, ...output].find((l) => !/^[a-zA-Z]$/.test(l));
  if (more.length > 0) fail("'->' stands twice");
  if (strange !== undefined) fail(`'${strange}' is no letter`);
  for (const word of [...inputs, output]) {
    const twice = word.find((l) => !isSingle(l, word));
    if (twice === undefined) continue;
    fail(`'${twice}' stands twice in '${word.join('')}' (diagonals are not known)`);
  }
  const unknown = output.find((l) => !letters.includes(l));
  if (unknown !== undefined) fail(`'${unknown}' of the result stands in no operand`);
  return { inputs, output };
}

function isSingle(letter: string, letters: readonly string[]): boolean {
  return letters.indexOf(letter) === letters.lastIndexOf(letter);
}

/** Every operand with its letters, of which each has one length. */
function label(inputs: readonly string[][], operands: readonly Tensor[]): Labelled[] {
  if (inputs.length !== operands.length) {
    throw new OptionError(
      'einsum',
      `the equation has ${inputs.length} operands; got ${operands.length}`,
    );
  }
  const lengths = new Map<string, { length: number; shape: readonly number[] }>();
  return inputs.map((letters, i) => {
    const { shape } = asTensor('einsum', operands[i]);
    if (shape.length !== letters.length) {
      throw new ShapeError(
        'einsum',
        `operand ${i} is '${letters.join('')}', which needs ${letters.length} axes; got [${shape.join(', ')}]`,
        { operand: i, shape },
      );
    }
    for (const [axis, letter] of letters.entries()) {
      const known = lengths.get(letter) ?? { length: shape[axis], shape };
      lengths.set(letter, known);
      if (known.length === shape[axis]) continue;
      throw new ShapeError(
        'einsum',
        `'${letter}' must have one length; it is ${known.length} in [${known.shape.join(', ')}] and ${shape[axis]} in [${shape.join(', ')}]`,
        { letter, left: known.shape, right: shape },
      );
    }
    return { x: operands[i], letters };
  });
}

/** One batched matrix product: letters of both sides that are needed later are its batch, the others are summed. */
function multiply(left: Labelled, right: Labelled, later: ReadonlySet<string>): Labelled {
  const a = keepOnly(left, new Set([...later, ...right.letters]));
  const b = keepOnly(right, new Set([...later, ...left.letters]));
  const shared = a.letters.filter((l) => b.letters.includes(l));
  const batch = shared.filter((l) => later.has(l));
  const inner = shared.filter((l) => !later.has(l));
  const rows = a.letters.filter((l) => !shared.includes(l));
  const columns = b.letters.filter((l) => !shared.includes(l));
  const [first, transposeA] = asMatrices(a, batch, rows, inner);
  const [second, transposeB] = asMatrices(b, batch, inner, columns);
  const y = matmul(first, second, { transposeA, transposeB });
  const lengths = [...batch, ...rows].map((l) => lengthOf(a, l));
  lengths.push(...columns.map((l) => lengthOf(b, l)));
  return { x: reshape(y, lengths), letters: [...batch, ...rows, ...columns] };
}

/** `[batch, rows, columns]`; or with the last two swapped, where the operand lies that way already. */
function asMatrices(
  operand: Labelled,
  batch: readonly string[],
  rows: readonly string[],
  columns: readonly string[],
): [matrices: Tensor, transposed: boolean] {
  const size = (letters: readonly string[]) => sizeOf(letters.map((l) => lengthOf(operand, l)));
  const swapped = [...batch, ...columns, ...rows];
  if (operand.letters.join() === swapped.join()) {
    return [reshape(operand.x, [size(batch), size(columns), size(rows)]), true];
  }
  const { x } = arrange(operand, [...batch, ...rows, ...columns]);
  return [reshape(x, [size(batch), size(rows), size(columns)]), false];
}

/** Sums over every letter that is not wanted. */
function keepOnly({ x, letters }: Labelled, wanted: ReadonlySet<string>): Labelled {
  const axis = letters.flatMap((l, i) => (wanted.has(l) ? [] : [i]));
  if (axis.length === 0) return { x, letters };
  return { x: sum(x, { axis }), letters: letters.filter((l) => wanted.has(l)) };
}

function arrange({ x, letters }: Labelled, order: readonly string[]): Labelled {
  return {
    x: transpose(
      x,
      order.map((l) => letters.indexOf(l)),
    ),
    letters: order,
  };
}

function lengthOf({ x, letters }: Labelled, letter: string): number {
  return x.shape[letters.indexOf(letter)];
}
