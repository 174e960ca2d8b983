import { describe, expect, test } from 'vitest';
import { lstm, trialCells } from '../testing/hard-cells.ts';
import { checkProgram } from './check.ts';
import { printProgram } from './print.ts';
import { rewrite } from './rewrite.ts';

describe('a rewritten program', () => {
  test.each(Object.entries(trialCells))('of %s without changes is the same program', (_, cell) => {
    expect(rewrite(cell(), {})).toEqual(cell());
  });

  test('has another next value where it is asked for, and reads it as its output', () => {
    const doubled = rewrite(lstm(), {
      next: (b, { name, next }) => (name === 'h' ? b.add(next, next, 'twice') : next),
    });
    const { states, outputs, values } = checkProgram(doubled);
    expect(values[states[0].next].name).toBe('twice');
    expect(outputs).toEqual([{ name: 'h', value: states[0].next }]);
    expect(values[states[1].next].name).toBe('c');
  });

  test('has other operands in its products, and only there', () => {
    const { values } = lstm();
    let mask: number | undefined;
    const masked = rewrite(lstm(), {
      operand(b, value, old) {
        if (values[old].name !== 'x') return value;
        mask ??= b.step('mask', 3);
        return b.mul(value, mask, 'masked');
      },
    });
    const text = printProgram(checkProgram(masked));
    expect(text).toContain('masked·W');
    expect(text).not.toMatch(/\bx·W/);
    expect(text).toContain('h[t-1]·U');
  });
});
