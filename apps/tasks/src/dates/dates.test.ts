import { manualSeed, randomStream } from '@unroll/tensor';
import { beforeEach, expect, test } from 'vitest';
import { isoLength, sourceTokenizer, targetsOf, targetTokenizer } from './codec.ts';
import { everyDay, forms, isoOf, splitDays, writeDays } from './dates.ts';

beforeEach(() => manualSeed(1));

test('a day is written in all the ways there are', () => {
  const day = { year: 2026, month: 3, day: 21 };
  expect(forms.map((form) => form(day))).toEqual([
    'twenty-first of march 2026',
    'the twenty-first of march, 2026',
    'march the twenty-first, 2026',
    '21/03/26',
    '21/03/2026',
    '21.3.2026',
    '21.3.26',
    '2026/03/21',
    'march 21, 2026',
    'mar 21, 2026',
    '21 march 2026',
    '21 mar 26',
    '21-mar-2026',
    '21st march 2026',
    'saturday, 21 march 2026',
    'sat mar 21 2026',
    'saturday the twenty-first of march 2026',
  ]);
  expect(isoOf(day)).toBe('2026-03-21');
});

test('ordinals and endings are right for every day of a month', () => {
  const words = (n: number) => forms[0]({ year: 2000, month: 1, day: n }).split(' ')[0];
  expect([3, 12, 20, 21, 29, 30, 31].map(words)).toEqual([
    ...[
      'third',
      'twelfth',
      'twentieth',
      'twenty-first',
      'twenty-ninth',
      'thirtieth',
      'thirty-first',
    ],
  ]);
  const ending = (n: number) => forms[13]({ year: 2000, month: 1, day: n }).split(' ')[0];
  expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 31].map(ending)).toEqual([
    ...['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '22nd', '23rd', '31st'],
  ]);
});

test('what is written means one day only, as far as numbers go', () => {
  const meant = new Map<string, string>();
  for (const day of everyDay()) {
    for (const form of forms) {
      const written = form(day);
      expect(meant.get(written) ?? isoOf(day)).toBe(isoOf(day));
      meant.set(written, isoOf(day));
    }
  }
});

test('no calendar day is in two parts, and the test has more than 5,000', () => {
  const { train, valid, test: last } = splitDays(randomStream('days'));
  const all = [train, valid, last].flat().map(isoOf);
  expect(new Set(all).size).toBe(36_525);
  expect(all).toHaveLength(36_525);
  expect(last.length).toBeGreaterThanOrEqual(5000);
});

test('every letter of every date has an id', () => {
  for (const { written, iso } of writeDays(everyDay(), randomStream('forms'))) {
    expect([...sourceTokenizer.encode(written)]).not.toContain(sourceTokenizer.unkId);
    expect(targetTokenizer.decode(targetTokenizer.encode(iso))).toBe(iso);
    expect(iso).toHaveLength(isoLength);
  }
});

test('the decoder reads what it is to say one step later, from a start of its own', () => {
  const { input, target } = targetsOf([{ written: '', iso: '2026-03-03' }]);
  const [read, said] = [[...input.rows.dataSync()], [...target.rows.dataSync()]];
  expect(read).toEqual([targetTokenizer.unkId, ...said.slice(0, -1)]);
});
