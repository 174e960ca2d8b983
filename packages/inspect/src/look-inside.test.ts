import domino from '@mixmark-io/domino';
import { GRU, RNN } from '@unroll/cells';
import { manualSeed, randomStream } from '@unroll/tensor';
import { beforeEach, expect, test } from 'vitest';
import { lookInside } from './look-inside.ts';
import { runReport } from './report.ts';
import { trace } from './trace/trace.ts';

beforeEach(() => manualSeed(4));

const run = {
  title: 'a run',
  unit: 'nats',
  train: [],
  valid: [],
  metrics: {},
  config: {},
  environment: {},
};
const headings = (page: string) =>
  Array.from(domino.createDocument(page).querySelectorAll('h2'), (x) => x.textContent);
const long = (size: number) => randomStream('x').normal([2, 50, size]);

test('what a report shows of the inside is cut to what a page can hold', async () => {
  const gru = new GRU({ inputSize: 2, hiddenSize: 20, bidirectional: true });
  const letters = Array.from({ length: 50 }, (_, i) => String(i));
  const traced = trace(gru, long(2));
  const inside = await lookInside(traced, letters);
  expect(inside.labels).toEqual(letters.slice(0, 40));
  expect(inside.gates.map(({ layer, gate }) => `${layer} ${gate}`)).toEqual([
    '0 r',
    '0 z',
    '0.backward r',
    '0.backward z',
  ]);
  expect(inside.states).toHaveLength(2);
  const [first] = inside.states;
  expect([first.values.h.length, first.values.h[0].length, first.values.h[0][0].length]).toEqual([
    1, 40, 16,
  ]);
  const whole = await traced.layers[0].read();
  expect(first.values.h[0][39]).toEqual(whole.values.h[0][39].slice(0, 16));
});

test('the report has gates and states where a recurrent model is there, and asks for nothing outside', async () => {
  const inside = await lookInside(trace(new GRU({ inputSize: 2, hiddenSize: 3 }), long(2)));
  const page = runReport({ ...run, inside });
  expect(headings(page)).toEqual(['Learning curve', 'Gates over time', 'What the layers carried']);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|src=|href=|https?:/i);
});

test('a net without gates has its states alone', async () => {
  const inside = await lookInside(trace(new RNN({ inputSize: 2, hiddenSize: 3 }), long(2)));
  expect(headings(runReport({ ...run, inside }))).toEqual([
    'Learning curve',
    'What the layers carried',
  ]);
});
