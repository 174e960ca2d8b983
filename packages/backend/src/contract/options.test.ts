import { expect, test } from 'vitest';
import { OptionError } from './errors.ts';
import { refuseUnknownOptions } from './options.ts';

test('options that do not exist are refused together, with the names of those that do', () => {
  const known = { size: true, eps: true };
  expect(() => refuseUnknownOptions('Norm', { eps: 1 }, known)).not.toThrow();
  const refused = () => refuseUnknownOptions('Norm', { sise: 2, epsilon: 1 }, known);
  expect(refused).toThrow(OptionError);
  expect(refused).toThrow(
    "Norm: there is no option 'sise'; the options are size, eps; there is no option 'epsilon'; the options are size, eps",
  );
});
