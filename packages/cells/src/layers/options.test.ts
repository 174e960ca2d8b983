import { OptionError } from '@unroll/backend';
import { expect, test } from 'vitest';
import { lstm } from '../cells/lstm.ts';
import { GRU, LSTM, RNN } from './layers.ts';
import { Recurrent } from './recurrent.ts';

const sizes = { inputSize: 2, hiddenSize: 3 };

// Types stop these in TypeScript; plain JavaScript has none.
const misspelt: Record<string, [name: string, make: () => unknown]> = {
  Recurrent: ['layers', () => new Recurrent({ ...sizes, cell: lstm, ...{ layers: 2 } })],
  RNN: ['nonLinearity', () => new RNN({ ...sizes, ...{ nonLinearity: 'relu' } })],
  LSTM: ['cell', () => new LSTM({ ...sizes, ...{ cell: 'gru' } })],
  GRU: ['resetAfter', () => new GRU({ ...sizes, reset: 'before', ...{ resetAfter: true } })],
};

test.each(Object.entries(misspelt))(
  '%s refuses an option that it has not',
  (layer, [name, make]) => {
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`${layer}: there is no option '${name}'; the options are `);
  },
);
