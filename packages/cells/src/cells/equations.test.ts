import { existsSync } from 'node:fs';
import { inEveryWay } from '@unroll/tensor/testing/ways';
import { describe, expect, test } from 'vitest';
import { equationCases } from '../testing/equation-cases.ts';
import { cells } from './names.ts';

const names = Object.keys(cells);
const here = (name: string, url: string) =>
  existsSync(new URL(url.replace('*', name), import.meta.url));
const fixed = names.filter((name) => here(name, '../../fixtures/equations/*.json'));

test('every cell has a fixture, or says in a test of its own what it gives', () => {
  expect(names.filter((name) => !fixed.includes(name) && !here(name, './*.test.ts'))).toEqual([]);
});

describe.each(fixed)('%s', async (name) => {
  test.each(inEveryWay(await equationCases(name)))('$title $way', ({ run }) => run());
});
