import { OptionError } from '@unroll/backend';

/** Where an iteration over data stands. */
export interface PositionState {
  /** How many times the data has been gone through. */
  readonly epoch: number;
  /** How many batches of this epoch have been handed out. */
  readonly index: number;
}

/**
 * The place in the data that a loop has reached. It counts the batches handed out: saved in the loop's body, after the
 * batch was learned, a resumed loop starts with the next one. After an epoch's last batch it stays at the end until the loop
 * asks for one more, so that a loop resumed there ends its epoch too.
 */
export class Position {
  epoch = 0;
  index = 0;

  /** The rest of this epoch. */
  *walk<T>(count: () => number, batch: (index: number) => T): Generator<T, void, undefined> {
    while (this.index < count()) {
      this.index++;
      yield batch(this.index - 1);
    }
    this.epoch++;
    this.index = 0;
  }
}

/**
 * The epoch and index of saved data, when it belongs to the same data and options.
 *
 * @param expected what must be equal, under the names of the saved data
 * @throws OptionError listing all that differs
 */
export function checkPosition(
  operation: string,
  state: unknown,
  expected: Readonly<Record<string, unknown>>,
  count: number,
): PositionState {
  const saved = (state ?? {}) as Record<string, unknown>;
  const wrong = Object.entries(expected)
    .filter(([name, value]) => saved[name] !== value)
    .map(([name, value]) => `${name} was ${String(saved[name])} and is ${String(value)}`);
  const { epoch, index } = saved;
  if (!isCount(epoch)) wrong.push(`epoch is ${String(epoch)}`);
  if (!isCount(index) || index > count) wrong.push(`index is ${String(index)} of ${count}`);
  if (wrong.length === 0) return { epoch: epoch as number, index: index as number };
  throw new OptionError(
    operation,
    `the position was saved for other data or options: ${wrong.join('; ')}. Resume with the same text and options, or start anew.`,
    { saved, expected },
  );
}

/** @throws OptionError unless `value` is a whole number of at least 1 */
export function checkCount(operation: string, name: string, value: number): void {
  if (isCount(value) && value >= 1) return;
  throw new OptionError(operation, `${name} must be a whole number of at least 1; got ${value}`, {
    [name]: value,
  });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
