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

/** What a script has reported. Where the browser or the driver is the machine's own, having no GPU skips the test, and says so. */
export function found<Found>(
  report: unknown,
  { name, certain }: Environment,
  context: TestContext,
): Found {
  const { error } = report as { readonly error?: string };
  if (!certain && error?.includes('no GPU can be used here')) {
    console.log(`${name} is skipped: ${error}`);
    context.skip();
  }
  expect(error).toBeUndefined();
  return report as Found;
}
