import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lessonNet, throughTime } from '../live/programs/through-time.ts';
import { isRight } from '../theme/answers.ts';
import { folders } from './paths.ts';

const learn = join(folders.repository, 'docs', 'learn');
const lessons = globSync('[0-9]*.md', { cwd: learn }).sort();
const textOf = (name: string) => readFileSync(join(learn, name), 'utf8');

test('there are eight lessons, numbered without a gap', () => {
  const numbers = lessons.map((name) => name.slice(0, 2));
  expect(numbers).toEqual(['01', '02', '03', '04', '05', '06', '07', '08']);
});

describe.each(lessons)('%s', (name) => {
  const text = textOf(name);
  const exercises = [...text.matchAll(/<Exercise ([^>]*)>([\s\S]*?)<\/Exercise>/g)];

  test('has equations, the code of them, and a live part', () => {
    expect(text).toContain('$$');
    expect(text).toContain('```ts');
    expect(text).toMatch(/^<Live\w+>$/m);
  });

  test('ends with two to five exercises', () => {
    expect(exercises.length).toBeGreaterThanOrEqual(2);
    expect(exercises.length).toBeLessThanOrEqual(5);
    expect(text.trimEnd().endsWith('</Exercise>')).toBe(true);
  });

  test('has an answer to each exercise, and it is one that can be given', () => {
    for (const [, attributes, body] of exercises) {
      const [answer, choices] = ['answer', 'choices'].map((key) => attributeOf(attributes, key));
      expect(body).toContain('<summary>Answer</summary>');
      expect(isRight(answer ?? '', answer ?? '', 0)).toBe(true);
      if (choices === undefined) continue;
      expect(Number(answer)).toBeGreaterThanOrEqual(1);
      expect(Number(answer)).toBeLessThanOrEqual(choices.split('|').length);
    }
  });
});

function attributeOf(attributes: string, name: string): string | undefined {
  return new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1];
}

test('the lesson on back-propagation prints the numbers that its net has', () => {
  const text = textOf('03-back-through-time.md').replaceAll('−', '-');
  const { h, y, C, dy, dh, dz, gradients } = throughTime(lessonNet);
  const printed = [...h.flat(), ...y, ...C, ...dy, ...dh.flat(), ...dz.flat(), ...gradients.W];
  for (const value of [...printed, ...gradients.U.flat()]) {
    expect(text).toContain(value.toFixed(4));
  }
});

describe('the table of the lectures', () => {
  const decks = textOf('lectures.md')
    .split(/^## /m)
    .filter((part) => part.startsWith('Deck'));

  test('has all five decks', () => {
    expect(decks.map((deck) => deck.slice(0, 6))).toEqual([0, 1, 2, 3, 4].map((n) => `Deck ${n}`));
  });

  test.each(decks.map((deck) => [deck.split('\n')[0], deck]))(
    '%s: every slide has a lesson, a line of code and a figure',
    (_, deck) => {
      const rows = deck
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .slice(1);
      expect(rows.length).toBeGreaterThan(5);
      for (const row of rows) {
        const [slide, lesson, code, figure, ...rest] = row
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((cell) => cell.trim());
        expect(rest).toEqual([]);
        expect(slide).not.toBe('');
        expect(lesson, row).toMatch(/^\[.+\]\(0\d-[a-z-]+\.md(#[\w-]+)?\)$/);
        expect(code, row).toMatch(/`[^`]+`/);
        expect(figure, row).toMatch(/^\[.+\]\(.+\)$/);
      }
    },
  );
});
