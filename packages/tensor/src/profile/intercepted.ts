/**
 * The same functions, each of whose calls goes through another one.
 *
 * @param call what happens instead; `run` makes the call itself
 * @param self what they are called on
 */
export function intercepted<F extends object>(
  functions: F,
  call: (name: string, args: readonly unknown[], run: () => unknown) => unknown,
  self: object = functions,
): F {
  const entries = Object.entries(functions).map(([name, fn]) => [
    name,
    (...args: unknown[]) => call(name, args, () => fn.apply(self, args)),
  ]);
  return Object.fromEntries(entries) as F;
}
