import domino from '@mixmark-io/domino';
import { IndexError, OptionError, ShapeError } from '@unroll/backend';
import { GRU, LSTM, RNN } from '@unroll/cells';
import { init } from '@unroll/nn';
import { manualSeed, ones, randomStream, tensor } from '@unroll/tensor';
import { beforeEach, describe, expect, test } from 'vitest';
import { activationDerivatives } from '../dynamics/activation-derivatives.ts';
import { gateSaturation } from '../dynamics/gate-saturation.ts';
import { recurrentSpectrum } from '../dynamics/recurrent-spectrum.ts';
import { stepJacobians } from '../dynamics/step-jacobians.ts';
import { html } from '../html.ts';
import { trace } from '../trace/trace.ts';
import { drawAttention } from './attention.ts';
import { drawDerivatives } from './derivatives.ts';
import { drawGates, drawGateUnits } from './gates.ts';
import { drawGradients, drawLayers } from './gradients.ts';
import { drawJacobians } from './jacobians.ts';
import { picture } from './picture.ts';
import { drawSpectrum } from './spectrum.ts';
import { drawValues } from './values.ts';

beforeEach(() => manualSeed(4));

const all = (svg: string, selector: string) =>
  Array.from(domino.createDocument(svg).querySelectorAll(selector));
const words = (svg: string, selector: string) => all(svg, selector).map((x) => x.textContent);
const drawing = { content: html`<path stroke="var(--valid)"/>`, width: 100, height: 40 };

describe('every picture', () => {
  test('says what it shows, in a title and in words', () => {
    const svg = picture(drawing, { title: 'a < b', description: 'c & d' });
    expect(words(svg, 'title')).toEqual(['a < b']);
    expect(words(svg, 'desc')).toEqual(['c & d']);
    expect(all(svg, 'svg')[0].getAttribute('role')).toBe('img');
  });

  test('has colours for light and dark as a file, and those of the page inside one', () => {
    const svg = picture(drawing, { title: '', description: '' });
    expect(svg).toContain('stroke="var(--valid,#c2410c)"');
    expect(svg).toMatch(/svg:root\{[^}]*--valid:#c2410c/);
    expect(svg).toMatch(/prefers-color-scheme:dark\)\{svg:root\{[^}]*--valid:#fb923c/);
    expect(all(svg, 'svg')[0].getAttribute('fill')).toBe('currentColor');
  });

  test('has its legend above, in as many lines as it needs', () => {
    const legend = ['one', 'two', 'three'].map((text) => ({ words: text, colour: 'red' }));
    const svg = picture(drawing, { title: '', description: '', legend });
    const y = all(svg, 'text').map((x) => Number(x.getAttribute('y')));
    expect(y).toEqual([15, 35, 55]);
    expect(all(svg, 'svg')[0].getAttribute('viewBox')).toBe('0 0 100 106');
  });
});

describe('the picture of', () => {
  const x = () => randomStream('x').normal([2, 5, 2]);
  const deep = () =>
    new LSTM({ inputSize: 2, hiddenSize: 3, numLayers: 2, bidirectional: true, dropout: 0 });

  test('gates has a frame for each gate of each direction', async () => {
    const gates = await gateSaturation(trace(deep(), x()));
    for (const svg of [drawGates(gates), drawGateUnits(gates)]) {
      expect(all(svg, '[aria-label="frame"] rect')).toHaveLength(12);
      expect(svg).not.toMatch(/NaN|undefined|&nbsp;/);
      expect(words(svg, 'desc')[0]).toContain('gate f of layer 1.backward is shut for ');
    }
    expect(all(drawGateUnits(gates), 'circle')).toHaveLength(12 * 3);
  });

  test('values has a cell for each unit and step of one sequence, by its sign', async () => {
    const w = { W: () => tensor([[1, -1]]), U: init.zeros(), b: init.zeros() };
    const rnn = new RNN({ inputSize: 1, hiddenSize: 2, init: w });
    const [layer] = trace(rnn, ones([1, 3, 1])).layers;
    const svg = drawValues(await layer.read(), { values: ['h'], labels: ['a', 'b', 'c'] });
    const titles = words(svg, '[aria-label="cell"] title');
    expect(titles.filter((text) => text.includes('unit 0'))).toHaveLength(3);
    expect(titles[0]).toBe('h, unit 1, step 1: -0.7616');
    expect(words(svg, 'text')).toEqual(expect.arrayContaining(['a', 'b', 'c', 'h']));
    const cells = all(svg, '[aria-label="cell"] g').map((g) => g.getAttribute('fill'));
    expect(cells).toEqual(['var(--train,#4f74a8)', 'var(--valid,#c2410c)']);
  });

  test('values refuses what is not there', async () => {
    const read = await trace(new GRU({ inputSize: 2, hiddenSize: 3 }), x()).layers[0].read();
    expect(() => drawValues(read, { values: ['f'] })).toThrow(IndexError);
    expect(() => drawValues(read, { sequence: 2 })).toThrow(
      'layer 0 has no sequence 2; there are 2',
    );
  });

  test('a spectrum has a dot for each eigenvalue, and says the radius', async () => {
    const blocks = {
      U: () =>
        tensor([
          [2, 0],
          [0, 0.5],
        ]),
    };
    const rnn = new RNN({ inputSize: 1, hiddenSize: 2, init: blocks });
    const svg = drawSpectrum(await recurrentSpectrum(rnn));
    expect(words(svg, 'circle title')).toEqual(['2 + 0i', '0.5 + 0i']);
    expect(words(svg, 'desc')).toEqual(['the spectral radius of h in layer 0 is 2.']);
  });

  test('derivatives has a histogram for each activation', async () => {
    const svg = drawDerivatives(await activationDerivatives(trace(deep(), x())));
    expect(all(svg, '[aria-label="frame"] rect')).toHaveLength(4 * 5);
    expect(words(svg, 'text')).toEqual(
      expect.arrayContaining(['¼', 'tanh(c)', 'layer 0.backward']),
    );
  });

  test('Jacobians has two lines for each net', async () => {
    const { layers } = trace(deep(), x());
    const [one, two] = await Promise.all(layers.slice(0, 2).map(stepJacobians));
    const svg = drawJacobians({ ahead: one.sequences[0], back: two.sequences[1] });
    expect(all(svg, '[aria-label="line"] path')).toHaveLength(4);
    expect(words(svg, 'desc')[0]).toContain('after 5 steps the product of back has the norm ');
  });

  test('gradients is that of the report, with its legend', () => {
    const svg = drawGradients([{ name: 'RNN', norms: [1e-4, 1e-2, 1] }]);
    expect(words(svg, 'text')).toContain('RNN: first over last step 0.0001');
    expect(() => drawGradients([{ name: 'RNN', norms: [0, 0] }])).toThrow(OptionError);
    const layers = drawLayers([
      { name: 'first', norm: 0.1 },
      { name: 'last', norm: 1 },
    ]);
    expect(words(layers, 'text')).toEqual(expect.arrayContaining(['first', 'last']));
  });
});

describe('a map of attention', () => {
  const map = { source: ['a', ' '], target: ['x'], weights: [[0.75, 0.25]] };

  test('has a cell for each pair, as strong as its weight, and says where each looked most', () => {
    const svg = drawAttention(map);
    const cells = all(svg, 'rect[fill-opacity]').map((x) => x.getAttribute('fill-opacity'));
    expect(cells).toEqual(['0.75', '0.25']);
    expect(words(svg, 'desc')).toEqual(['Each looks most at: x at a (1).']);
    expect(words(svg, 'text')).toEqual(expect.arrayContaining(['a', '␣', 'x', 'read', 'written']));
  });

  test('is refused where weights and texts do not fit', () => {
    expect(() => drawAttention({ ...map, target: ['x', 'y'] })).toThrow(ShapeError);
    expect(() => drawAttention({ ...map, source: ['a'] })).toThrow(
      'needs 1 rows of 1 weights; got 1 of 2',
    );
  });
});
