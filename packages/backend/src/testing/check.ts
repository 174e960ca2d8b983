/**
 * What the cases of the suite check with: no test framework, so that they run wherever a backend does, in a page too.
 *
 * @throws Error with the words where the condition does not hold
 */
export function check(condition: boolean, words: string): void {
  if (!condition) throw new Error(words);
}

/** Two values that are plain data are the same. */
export function checkSame(actual: unknown, expected: unknown, what = 'it'): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(a === b, `${what} must be ${b}; got ${a}`);
}

/** A number is at most as large as it may be; NaN is not. */
export function checkAtMost(actual: number, limit: number, what: string): void {
  check(actual <= limit, `${what}: must be at most ${limit}; got ${actual}`);
}

/** What runs throws, at once or as the promise that it gives, an error of a class, whose words are as they should be. */
export async function checkThrows(
  run: () => unknown,
  kind: abstract new (...args: never[]) => Error,
  words: RegExp,
): Promise<void> {
  const thrown = await Promise.resolve()
    .then(run)
    .catch((error: unknown) => error);
  check(thrown instanceof kind, `must throw ${kind.name}; got ${String(thrown)}`);
  const { message } = thrown as Error;
  check(words.test(message), `the error must say ${words}; got '${message}'`);
}
