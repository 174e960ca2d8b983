import { fileURLToPath } from 'node:url';
import { describe, expect, type TestContext, test } from 'vitest';
import { type Environment, environments } from './environments.ts';

/**
 * Runs a script that reports in every environment that has a GPU in software, and checks what it has found: a test for
 * each. What is missing is skipped, by a title that says what would bring it.
 *
 * @param script URL of a script that calls `report`
 */
export function everywhere<Found>(
  title: string,
  script: URL,
  check: (found: Found, environment: Environment['name']) => void,
): void {
  const file = fileURLToPath(script);
  for (const environment of environments) {
    const { name, obstacle } = environment;
    describe.skipIf(obstacle !== undefined)(`${name} (${obstacle ?? 'software'})`, () => {
      test(title, async (context) => {
        check(found<Found>(await environment.run(file), environment, context), name);
      }, 180_000);
    });
  }
}

/** What a script has reported. */
export function found<Found>(
  report: unknown,
  environment: Environment,
  context: TestContext,
): Found {
  const { error } = report as { readonly error?: string };
  skipWithoutGpu(error, environment, context);
  expect(error).toBeUndefined();
  return report as Found;
}

/**
 * Skips a test, and says so, that was told that there is no GPU: where the browser or the driver is the machine's own. Where
 * they come with the tests, that is an error like any other.
 */
export function skipWithoutGpu(
  told: string | undefined,
  { name, certain }: { readonly name: string; readonly certain: boolean },
  context: TestContext,
): void {
  if (certain || !told?.includes('no GPU can be used here')) return;
  console.log(`${name} is skipped: ${told}`);
  context.skip();
}
