import { cellNames, configurationNames, tokensOf, trainingAt } from '../configurations.ts';
import { compare } from './comparison.ts';
import type { Suite } from './suite.ts';

/** Training steps of LSTM and GRU. */
export const recurrent: Suite = {
  name: 'recurrent',
  summary: 'how many tokens a second does training see, LSTM and GRU?',
  kinds: ['training'],
  run: (context) =>
    compare(
      cellNames.flatMap((cell) =>
        configurationNames.map((configuration) => {
          const spec = trainingAt(cell, configuration);
          const name = `${cell}.${configuration}`;
          return { name, spec, amount: tokensOf(spec), unit: 'tokensPerSecond' };
        }),
      ),
      context,
    ),
};
