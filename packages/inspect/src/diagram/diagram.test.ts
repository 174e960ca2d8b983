import domino from '@mixmark-io/domino';
import { OptionError, UnsupportedError } from '@unroll/backend';
import { affine, cells, defineCell, GRU, gru, LSTM, lstm, Recurrent } from '@unroll/cells';
import { Linear, Module, Sequential } from '@unroll/nn';
import { add, exp, mul, type Tensor, tanh } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { diagram } from './diagram.ts';
import { equationsOf } from './equations.ts';
import { graphOf } from './graph.ts';

const sizes = { inputSize: 2, hiddenSize: 3, bias: true };
const everyCell = Object.entries(cells);
const pageOf = (svg: string) => domino.createDocument(svg);
const textsOf = (svg: string) =>
  Array.from(pageOf(svg).querySelectorAll('text'), ({ textContent }) => textContent);
const count = <T>(list: readonly T[], is: (x: T) => boolean) => list.filter(is).length;

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boxesOf(svg: string): Rectangle[] {
  return Array.from(pageOf(svg).querySelectorAll('rect'), (rect) => {
    const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((name) =>
      Number(rect.getAttribute(name)),
    );
    return { x, y, width, height };
  });
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  const apart =
    a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
  return !apart;
}

describe('the graph of a step', () => {
  test('of an LSTM has deck 4’s four layers, five activations, three products and one sum', () => {
    const { nodes } = graphOf(lstm.program(sizes));
    expect(count(nodes, ({ kind }) => kind === 'layer')).toBe(4);
    expect(count(nodes, ({ text }) => text === 'σ' || text === 'tanh')).toBe(5);
    expect(count(nodes, ({ text }) => text === '×')).toBe(3);
    expect(count(nodes, ({ text }) => text === '+')).toBe(1);
    const named = (of: string) => nodes.filter(({ kind }) => kind === of).map(({ name }) => name);
    expect(named('in')).toEqual(['x', 'h', 'c']);
    expect(named('out')).toEqual(['h', 'c']);
    expect(named('layer')).toEqual(['i', 'f', 'g', 'o']);
  });

  test('of an LSTM leads each value where the equations lead it', () => {
    const { nodes, edges } = graphOf(lstm.program(sizes));
    const label = (id: string) => {
      const { text, name, time } = nodes.find((node) => node.id === id) ?? {};
      return text === '' ? `${name}_${time}` : (name ?? text);
    };
    const lines = edges.map(({ from, to }) => `${label(from)} → ${label(to)}`).sort();
    expect(lines).toEqual(
      [
        ...['i', 'f', 'g', 'o'].flatMap((gate) => [`x_t → ${gate}`, `h_t−1 → ${gate}`]),
        ...['f → ×', 'c_t−1 → ×', 'i → ×', 'g → ×', 'o → ×'],
        ...['× → +', '× → +', '+ → tanh', '+ → c_t', 'tanh → ×', '× → h_t'],
      ].sort(),
    );
  });

  test.each(everyCell)('of %s has no loose end', (_, cell) => {
    const { nodes, edges } = graphOf(cell.program(sizes));
    const ids = nodes.map(({ id }) => id);
    for (const { from, to } of edges)
      expect([ids.includes(from), ids.includes(to)]).toEqual([true, true]);
    for (const { id, kind } of nodes) {
      if (kind !== 'in') expect(edges.some(({ to }) => to === id)).toBe(true);
      if (kind !== 'in' && kind !== 'out') expect(edges.some(({ from }) => from === id)).toBe(true);
    }
    expect(nodes.filter(({ kind }) => kind === 'out').map(({ name }) => name)).toEqual([
      ...cell.states,
    ]);
  });
});

describe('the picture of a cell', () => {
  test.each(everyCell)('%s says in words what it shows, within its frame', (_, cell) => {
    const svg = diagram(cell);
    const page = pageOf(svg);
    expect(page.querySelector('title')?.textContent).toBe(`One step of ${cell.name}`);
    expect(page.querySelector('desc')?.textContent).toContain(`From x_t, `);
    expect(page.querySelector('svg')?.getAttribute('role')).toBe('img');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    const [, , width, height] = (page.querySelector('svg')?.getAttribute('viewBox') ?? '')
      .split(' ')
      .map(Number);
    for (const box of boxesOf(svg)) {
      expect(
        box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= height,
      ).toBe(true);
    }
  });

  test.each(everyCell)('%s has boxes that do not cover each other', (_, cell) => {
    const boxes = boxesOf(diagram(cell));
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) expect(overlap(a, b)).toBe(false);
    }
  });

  test('has the equations below, gate by gate', () => {
    expect(equationsOf(gru, gru.program(sizes))).toEqual([
      'r = σ(x·W_r + hₜ₋₁·U_r + b_r)',
      'z = σ(x·W_z + hₜ₋₁·U_z + b_z)',
      'n = tanh(x·W_n + b_n + r·(hₜ₋₁·U_n + bU))',
      'h = (1 − z)·n + z·hₜ₋₁',
    ]);
    const { 'lstm-layer-norm': normed } = cells;
    expect(equationsOf(normed, normed.program(sizes))[0]).toBe('v1 = norm(x·W)');
  });

  test('is there for a cell of one’s own, with values made of weights alone', () => {
    const mine = defineCell({
      name: 'mine <1>',
      states: ['a'],
      gates: ['a'],
      weights: () => ({ u: [3] }),
      step: ({ x, a }, { W, U, b, u }) => {
        return { a: tanh(add(affine([x, W.a], [a, U.a], b.a), mul(exp(u), a))) };
      },
    });
    const net = new Recurrent({ cell: mine, inputSize: 2, hiddenSize: 3 });
    const svg = diagram(net);
    expect(pageOf(svg).querySelector('title')?.textContent).toBe('One step of mine <1>');
    expect(textsOf(svg)).toContain('exp u');
  });

  test('names what a bias-free layer has', () => {
    const net = new GRU({ inputSize: 2, hiddenSize: 3, bias: false });
    expect(textsOf(diagram(net))).toContain('r = σ(x·W_r + hₜ₋₁·U_r)');
  });
});

describe('the picture of an unrolled net', () => {
  test.each([
    [1, false, 3],
    [2, true, 4],
    [3, false, 1],
  ])(
    'of %d layers, two directions %s, has %d cells for each',
    (numLayers, bidirectional, steps) => {
      const net = new LSTM({ inputSize: 2, hiddenSize: 3, numLayers, bidirectional });
      const texts = textsOf(diagram(net, { steps }));
      const directions = bidirectional ? 2 : 1;
      expect(count(texts, (text) => text === 'cell')).toBe(numLayers * directions * steps);
      expect(count(texts, (text) => text === '[ , ]')).toBe(bidirectional ? numLayers * steps : 0);
      for (let t = 1; t <= steps; t++)
        expect(texts).toEqual(expect.arrayContaining([`x${t}`, `h${t}`]));
      expect(count(texts, (text) => text === 'h, c')).toBe(numLayers * directions);
    },
  );

  test('shows the letters that are read, one step for each', () => {
    const texts = textsOf(diagram(lstm, { inputs: ['<', 'a'] }));
    expect(texts).toEqual(expect.arrayContaining(['<', 'a', 'h1', 'h2']));
    expect(texts).not.toContain('h3');
  });

  test('shows what goes around a layer, and directions that stay apart', () => {
    const around = new GRU({ inputSize: 3, hiddenSize: 3, numLayers: 2, connection: 'residual' });
    expect(count(textsOf(diagram(around, { steps: 2 })), (text) => text === '+')).toBe(2);
    const apart = new GRU({ inputSize: 3, hiddenSize: 3, bidirectional: true, mergeMode: 'none' });
    expect(textsOf(diagram(apart, { steps: 1 }))).toEqual(expect.arrayContaining(['→h1', '←h1']));
  });

  test('finds the one recurrent part of a model, and refuses to choose among two', () => {
    const [first, second] = [0, 1].map(() => new GRU({ inputSize: 2, hiddenSize: 2 }));
    class Pair extends Module {
      readonly encoder = first;
      readonly decoder = second;
      override forward(x: Tensor): Tensor {
        return this.decoder.forward(this.encoder.forward(x).output).output;
      }
    }
    class One extends Module {
      readonly encoder = first;
      override forward(x: Tensor): Tensor {
        return this.encoder.forward(x).output;
      }
    }
    expect(textsOf(diagram(new One(), { steps: 1 }))).toContain('cell');
    expect(() => diagram(new Pair())).toThrow(
      'diagram: the model has 2 recurrent parts: encoder, decoder. Draw one of them: diagram(model.encoder).',
    );
    expect(() => diagram(new Sequential(new Linear({ inputSize: 1, outputSize: 1 })))).toThrow(
      UnsupportedError,
    );
  });

  test.each([0, 41, 1.5])('refuses %s steps', (steps) => {
    expect(() => diagram(lstm, { steps })).toThrow(OptionError);
  });

  test('refuses inputs that are more or fewer than the steps', () => {
    expect(() => diagram(lstm, { steps: 3, inputs: ['a'] })).toThrow(
      'diagram: needs an input for each of 3 steps; got 1. Leave out steps, or inputs.',
    );
    expect(textsOf(diagram(lstm, { steps: 1, inputs: ['a'] }))).toContain('a');
  });
});
