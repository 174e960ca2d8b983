import { OptionError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { Linear } from './linear.ts';
import { LayerNorm, RMSNorm } from './normalization.ts';

// Types stop these in TypeScript; plain JavaScript has none.
const misspelt: Record<string, [name: string, make: () => unknown]> = {
  Linear: ['biass', () => new Linear({ inputSize: 2, outputSize: 1, ...{ biass: false } })],
  Embedding: [
    'padding_idx',
    () => new Embedding({ numEmbeddings: 3, embeddingSize: 2, ...{ padding_idx: 0 } }),
  ],
  Dropout: ['rate', () => new Dropout({ p: 0.1, ...{ rate: 0.1 } })],
  LayerNorm: ['epsilon', () => new LayerNorm({ size: 2, ...{ epsilon: 1e-3 } })],
  RMSNorm: ['bias', () => new RMSNorm({ size: 2, ...{ bias: true } })],
};

test.each(Object.entries(misspelt))(
  '%s refuses an option that it has not',
  (layer, [name, make]) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`${layer}: there is no option '${name}'; the options are `);
  },
);
