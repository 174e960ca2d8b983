import { describe, expect, test } from 'vitest';
import { Embedding } from '../layers/embedding.ts';
import { Linear } from '../layers/linear.ts';
import { Sequential } from '../layers/sequential.ts';
import { summary } from './summary.ts';

describe('summary', () => {
  const model = new Sequential(
    new Embedding({ numEmbeddings: 1000, embeddingSize: 8 }),
    new Linear({ inputSize: 8, outputSize: 3 }),
  );

  test('counts the parameters of a model', () => {
    const { rows, total, trainable } = summary(model);
    expect(rows).toEqual([
      { name: '0.W', shape: [1000, 8], count: 8000, trainable: true },
      { name: '1.W', shape: [8, 3], count: 24, trainable: true },
      { name: '1.b', shape: [3], count: 3, trainable: true },
    ]);
    expect([total, trainable]).toEqual([8027, 8027]);
  });

  test('is a table as text, and says what is frozen', () => {
    model.parameters()[0].requiresGrad = false;
    expect(String(summary(model))).toBe(
      [
        'parameter     shape      count',
        '0.W (frozen)  [1000, 8]  8,000',
        '1.W           [8, 3]        24',
        '1.b           [3]            3',
        'total                    8,027',
        'trainable                   27',
      ].join('\n'),
    );
  });
});
