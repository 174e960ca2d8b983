import { OptionError } from '@unroll/backend';

/** What a generator needs of a random stream: numbers in [0, 1), such as `randomStream('my data')` gives. */
export interface UniformStream {
  next(): number;
}

/** 0, 1, …, n − 1, each equally likely. */
export function below(n: number, stream: UniformStream): number {
  return Math.floor(stream.next() * n);
}

/** One of a few, each equally likely. */
export function oneOf<T>(choices: readonly T[], stream: UniformStream): T {
  return choices[below(choices.length, stream)];
}

/** @throws OptionError unless `value` is a whole number of at least `min` */
export function needWhole(operation: string, name: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return;
  throw new OptionError(
    operation,
    `${name} must be a whole number of at least ${min}; got ${value}`,
    { [name]: value },
  );
}
