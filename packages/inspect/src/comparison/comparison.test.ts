import domino from '@mixmark-io/domino';
import { describe, expect, test } from 'vitest';
import { comparisonReport } from './comparison-report.ts';
import { panelChart } from './panel-chart.ts';
import { drawableChart, lineNames, type PanelChart } from './panels.ts';
import { chartPicture } from './picture.ts';

const line = (name: string, ...ys: number[]) => ({
  name,
  points: ys.map((y, i) => ({ x: 10 * i, y })),
});

const chart: PanelChart = {
  title: 'Gradient <norms>',
  x: 'steps back',
  y: 'norm',
  scale: 'log',
  panels: [
    { name: '50 steps', lines: [line('rnn', 1, 1e-4, 1e-8), line('lstm', 1, 0.5, 0.4)] },
    { name: '100 steps', lines: [line('lstm', 1, 0)] },
  ],
  rules: [{ name: 'one', y: 1 }],
};

/** In which colours lines are drawn, one for each line of each panel. */
const strokes = (svg: string) =>
  [...svg.matchAll(/aria-label="line"><g[^>]*stroke="var\((--[\w-]+)\)"/g)].map(([, name]) => name);

describe('panels', () => {
  test('a line has its colour in every panel, by the order in which names come', () => {
    expect(lineNames(chart)).toEqual(['rnn', 'lstm']);
    const lstmAlone = { name: '200 steps', lines: [line('lstm', 1, 0.1)] };
    const svg = panelChart({ ...chart, panels: [...chart.panels, lstmAlone] }, 'wide').text;
    expect(strokes(svg)).toEqual(['--baseline-1', '--valid', '--valid']);
  });

  test('what a logarithmic scale cannot show is left out; a single point is a dot', () => {
    const { panels } = drawableChart(chart);
    expect(panels[1].lines[0].points).toEqual([{ x: 0, y: 1 }]);
    expect(panelChart(chart, 'narrow').text).toContain('aria-label="dot"');
    const linear = drawableChart({ ...chart, scale: 'linear' });
    expect(linear.panels[1].lines[0].points).toHaveLength(2);
    const broken = { ...chart, panels: [{ name: 'x', lines: [line('y', Number.NaN)] }] };
    expect(panelChart(broken, 'wide').text).toContain('Nothing was recorded');
  });

  test('says in words what it shows, for those who cannot see it', () => {
    const svg = panelChart(chart, 'wide').text;
    expect(svg).toContain('50 steps, rnn from 1 to 1.000e-8; 50 steps, lstm from 1 to 0.4');
  });

  test('panels that do not fit side by side go on below', () => {
    const many = { ...chart, panels: Array.from({ length: 5 }, () => chart.panels[0]) };
    const height = (svg: string) => Number(/height="(\d+)"/.exec(svg)?.[1]);
    const [one, two] = [chart, many].map((c) => height(panelChart(c, 'wide').text));
    expect(two).toBeGreaterThan(1.5 * one);
    expect(height(panelChart(many, 'narrow').text)).toBeGreaterThan(two);
  });
});

describe('comparisonReport', () => {
  const page = comparisonReport({
    title: 'adding & more',
    subtitle: 'three cells',
    results: {
      columns: ['cell', '50 steps'],
      rows: [
        ['rnn', '0.1667'],
        ['lstm', '<0.001'],
      ],
    },
    charts: [chart],
    config: { hiddenSize: 64, lengths: [50, 100] },
    environment: { node: 'v24' },
  });

  test('stands alone, with the results, the charts, the settings, and everything escaped', () => {
    const document = domino.createDocument(page);
    expect(document.querySelector('h1')?.textContent).toBe('adding & more');
    expect(page).not.toMatch(/<script|<link|https?:\/\/(?!www\.w3\.org)/);
    const text = document.querySelector('main')?.textContent ?? '';
    for (const words of ['<0.001', 'Gradient <norms>', '[50,100]', 'v24', 'lstm', 'one']) {
      expect(text).toContain(words);
    }
    expect(document.querySelectorAll('svg')).toHaveLength(2);
  });
});

test('a picture is one SVG with a ground, a legend, and colours for light and dark', () => {
  const svg = chartPicture(chart);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 820 \d+"/);
  expect(svg).toContain('prefers-color-scheme: dark');
  expect(svg).toContain('<title>Gradient &lt;norms&gt;</title>');
  for (const name of ['rnn', 'lstm', 'one']) expect(svg).toContain(`>${name}</text>`);
  expect(svg.trim().endsWith('</svg>')).toBe(true);
  expect(svg.match(/<style>/g)).toHaveLength(1);
});
