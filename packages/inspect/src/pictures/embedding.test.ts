import { ShapeError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { principalComponents } from '../dynamics/principal-components.ts';
import { runReport } from '../report.ts';
import { drawEmbedding } from './embedding.ts';

const number = fc.double({ min: -5, max: 5, noNaN: true });
const rows = fc.array(fc.tuple(number, number, number), { minLength: 3, maxLength: 12 });

describe('principalComponents', () => {
  test('finds the line that points lie on, with its spread', () => {
    const { places, shares } = principalComponents(
      [
        [0, 0],
        [1, 2],
        [2, 4],
      ],
      1,
    );
    const expected = [-Math.sqrt(5), 0, Math.sqrt(5)];
    for (const [i, [x]] of places.entries()) expect(x).toBeCloseTo(expected[i], 9);
    expect(shares[0]).toBeCloseTo(1, 12);
  });

  test('keeps all distances when it keeps all components, the widest spread first', () => {
    fc.assert(
      fc.property(rows, (points) => {
        const { places, shares } = principalComponents(points, 3);
        const distance = (a: readonly number[], b: readonly number[]) =>
          Math.hypot(...a.map((v, k) => v - b[k]));
        for (let i = 1; i < points.length; i++) {
          expect(distance(places[i], places[0])).toBeCloseTo(distance(points[i], points[0]), 6);
        }
        const spread = [0, 1, 2].map((k) => places.reduce((sum, row) => sum + row[k] ** 2, 0));
        expect(spread[0]).toBeGreaterThanOrEqual(spread[1] - 1e-9);
        expect(spread[1]).toBeGreaterThanOrEqual(spread[2] - 1e-9);
        const total = shares.reduce((a, b) => a + b);
        expect(Math.min(Math.abs(total - 1), total)).toBeCloseTo(0, 9);
      }),
    );
  });
});

describe('drawEmbedding', () => {
  const map = {
    labels: ['good', 'fine', 'bad', 'poor'],
    rows: [
      [1, 0.1],
      [0.9, 0],
      [-1, 0],
      [-0.8, 0.1],
    ],
    kinds: ['liked', 'liked', 'not', 'not'],
  };

  test('draws a dot for every row, its kinds in the legend, and says where words lie', () => {
    const svg = drawEmbedding(map);
    expect(svg.match(/<circle/g)).toHaveLength(4);
    for (const text of [...map.labels, 'liked', 'not']) expect(svg).toContain(`>${text}</text>`);
    expect(svg).toMatch(/<desc>(Leftmost: bad, poor. Rightmost: good, fine|Leftmost: good)/);
    expect(svg).toContain('component 1 (100 % of the variance)');
  });

  test('leaves out words that would lie over each other, and no dot', () => {
    const near = {
      labels: ['here', 'there', 'far', 'off'],
      rows: [
        [0, 0],
        [0.001, 0],
        [9, 9],
        [9, -9],
      ],
    };
    const svg = drawEmbedding(near);
    expect(svg).toContain('>here</text>');
    expect(svg).not.toContain('>there</text>');
    expect(svg.match(/<circle/g)).toHaveLength(4);
  });

  test('is a section of a report', () => {
    const page = runReport({
      ...{
        title: 't',
        unit: 'nats',
        train: [],
        valid: [],
        metrics: {},
        config: {},
        environment: {},
      },
      embedding: map,
    });
    expect(page).toContain('<h2>Embedding</h2>');
    expect(page).toContain('>fine</text>');
  });

  test('refuses what does not fit', () => {
    expect(() => drawEmbedding({ labels: ['a'], rows: [[1]] })).toThrow(ShapeError);
    expect(() => drawEmbedding({ labels: ['a'], rows: [[1], [2]] })).toThrow('2 rows, 1 labels');
  });
});
