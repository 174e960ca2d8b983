import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describe as describeCell } from '../cell/describe.ts';
import * as exported from '../index.ts';
import { cells } from './names.ts';

// The table of README.md says of every cell where it comes from and how many parameters it has.

const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const rows = [...text.matchAll(/^\| `([\w-]+)` \| `(\w+)` \|(.*)\|(.*)\| (.*) \|$/gm)].map(
  ([, name, constant, source, , parameters]) => ({ name, constant, source, parameters }),
);

test('README.md has one row for every cell, in their order', () => {
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(cells));
});

test.each(rows)('README.md says the parameters and the export of $name', (row) => {
  const cell = cells[row.name as keyof typeof cells];
  expect(exported[row.constant as keyof typeof exported]).toBe(cell);
  expect(row.source.trim()).not.toBe('');
  for (const [m, n] of [
    [3, 5],
    [7, 4],
  ]) {
    const { parameters } = describeCell(cell, { inputSize: m, hiddenSize: n });
    expect(count(row.parameters, { m, n, p: Math.ceil(n / 2) })).toBe(parameters);
  }
});

/** A formula in the letters of the table: sums of products, maybe in brackets. */
function count(formula: string, values: Readonly<Record<string, number>>): number {
  const open = formula.replace(/\(([^()]*)\)/g, (_, inner) => String(sum(inner, values)));
  return sum(open, values);
}

function sum(text: string, values: Readonly<Record<string, number>>): number {
  const product = (term: string) =>
    term.split('·').reduce((total, factor) => total * number(factor.trim(), values), 1);
  return text.split('+').reduce((total, term) => total + product(term), 0);
}

function number(factor: string, values: Readonly<Record<string, number>>): number {
  const base = factor.replace('²', '');
  const value = values[base] ?? Number(base);
  return factor.endsWith('²') ? value ** 2 : value;
}
