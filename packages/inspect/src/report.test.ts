import domino from '@mixmark-io/domino';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunReport, runReport } from './report.ts';

const run: RunReport = {
  title: 'charlm <1>',
  subtitle: 'a "quoted" line & more',
  unit: 'nats per character',
  train: Array.from({ length: 1000 }, (_, i) => ({ step: i + 1, loss: 2 + 2 * Math.exp(-i / 99) })),
  valid: [
    { step: 500, loss: 2.1 },
    { step: 1000, loss: 2.05 },
  ],
  baselines: [
    { name: 'Markov order 0', loss: 3.1 },
    { name: 'Markov order 1', loss: 2.4 },
  ],
  metrics: { 'valid.natsPerChar': 2.05, parameters: 123456 },
  highlights: [
    { metric: 'valid.natsPerChar', words: 'nats per character' },
    { metric: 'absent', words: 'not there' },
  ],
  config: { hiddenSize: 128, data: 'a&b.txt', sizes: [1, 2] },
  environment: { node: 'v24' },
  sample: '\n  <script>alert("x")</script>\n',
};

function textsOf(page: string, selector: string): string[] {
  return Array.from(
    domino.createDocument(page).querySelectorAll(selector),
    (each) => each.textContent,
  );
}

describe('the report of a run', () => {
  test('shows title, sample and values as they are, whatever characters they hold', () => {
    const page = runReport(run);
    expect(textsOf(page, 'h1')).toEqual(['charlm <1>']);
    expect(textsOf(page, '.subtitle')).toEqual(['a "quoted" line & more']);
    expect(textsOf(page, 'pre')).toEqual([run.sample]);
    expect(textsOf(page, 'th')).toEqual([
      'valid.natsPerChar',
      'parameters',
      'hiddenSize',
      'data',
      'sizes',
      'node',
    ]);
    expect(textsOf(page, 'td')).toEqual(['2.05', '123,456', '128', 'a&b.txt', '[1,2]', 'v24']);
  });

  test('shows the chosen metrics large, and leaves out those that were not measured', () => {
    expect(textsOf(runReport(run), '.figures dd')).toEqual(['2.05']);
  });

  test('has no script and asks for nothing outside itself', () => {
    const page = runReport({ ...run, sample: undefined });
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|src=|href=|https?:/i);
  });

  test('draws the curve twice, for wide and narrow screens, with its baselines', () => {
    const page = runReport(run);
    expect(textsOf(page, 'figure svg')).toHaveLength(2);
    const rules = domino.createDocument(page).querySelectorAll('.wide [aria-label="rule"] line');
    expect(rules).toHaveLength(2);
    expect(textsOf(page, '.wide circle title')).toEqual(['step 500: 2.1', 'step 1,000: 2.05']);
    expect(textsOf(page, '.legend .baseline')).toEqual([
      'Markov order 0 3.1',
      'Markov order 1 2.4',
    ]);
  });

  test('draws a validation loss of 2.1 at the height of a baseline of 2.1', () => {
    const page = runReport({ ...run, baselines: [{ name: 'same', loss: 2.1 }] });
    const document = domino.createDocument(page);
    const circle = document.querySelector('.wide circle');
    const line = document.querySelector('.wide [aria-label="rule"] line');
    expect(Number(line?.getAttribute('y1'))).toBeCloseTo(Number(circle?.getAttribute('cy')), 6);
  });

  test('names a baseline beside the curve only where the next one leaves it room', () => {
    const near = {
      ...run,
      baselines: [
        { name: 'one', loss: 2.4 },
        { name: 'two', loss: 2.41 },
      ],
    };
    const labels = textsOf(runReport(near), '.wide [aria-label="text"] text');
    expect(labels).toEqual(['one']);
  });

  test('stays small for a long run', () => {
    const train = Array.from({ length: 100_000 }, (_, i) => ({ step: i, loss: 1 + 1 / (i + 1) }));
    expect(runReport({ ...run, train }).length).toBeLessThan(80_000);
  });

  test('of a run without a step says so in place of a curve', () => {
    const page = runReport({ ...run, train: [{ step: 1, loss: Number.NaN }], valid: [] });
    expect(textsOf(page, '.wide')).toEqual(['No step was recorded.']);
  });

  test('gives the same page for the same run', () => {
    expect(runReport(run)).toBe(runReport(run));
  });

  test('shows any sample that has no control characters exactly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (sample) => {
        fc.pre(!/\p{Cc}/u.test(sample));
        expect(textsOf(runReport({ ...run, sample }), 'pre')).toEqual([sample]);
      }),
      { numRuns: 20 },
    );
  });

  test('shows a control character as its picture', () => {
    expect(textsOf(runReport({ ...run, sample: 'a\u0000\u001bb\tc' }), 'pre')).toEqual(['a␀␛b\tc']);
  });
});
