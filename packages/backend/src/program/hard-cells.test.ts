import { expect, test } from 'vitest';
import { trialCells } from '../testing/hard-cells.ts';
import { checkProgram } from './check.ts';
import { derive } from './derive.ts';
import { printProgram } from './print.ts';

test.each(Object.entries(trialCells))('%s and its derivative are printed', async (name, cell) => {
  const program = checkProgram(cell());
  const derivative = checkProgram(derive(program));
  const text = `# ${name}\n\n${printProgram(program)}\n\n${printProgram(derivative)}\n`;
  await expect(text).toMatchFileSnapshot(`./__snapshots__/${program.name}.txt`);
});
