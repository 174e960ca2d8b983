import domino from '@mixmark-io/domino';
import { expect, test } from 'vitest';
import { runReport } from './report.ts';

test('the report of a run shows one dot for each layer, by its name', () => {
  const long = `a.very.long.path.to.a.module.${'x'.repeat(20)}`;
  const page = runReport({
    title: 'run',
    unit: 'nats',
    train: [],
    valid: [],
    metrics: {},
    config: {},
    environment: {},
    layers: [
      { name: 'a <b>', norm: 1e-3 },
      { name: long, norm: 2 },
      { name: 'still', norm: 0 },
    ],
  });
  const document = domino.createDocument(page);
  const texts = (selector: string) =>
    Array.from(document.querySelectorAll(selector), (each) => each.textContent);
  expect(texts('.layers .wide circle title')).toEqual(['a <b>: 0.001', `${long}: 2`]);
  expect(texts('.layers .wide text')).toEqual(expect.arrayContaining(['a <b>', 'still']));
  expect(texts('.layers .wide text').some((text) => text.startsWith('…'))).toBe(true);
  expect(page).not.toMatch(/<script|https?:/i);
});
