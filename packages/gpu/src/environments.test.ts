import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Findings } from './testing/conformance-page.ts';
import { environments } from './testing/environments.ts';

const page = fileURLToPath(new URL('./testing/conformance-page.ts', import.meta.url));

for (const { name, obstacle, run } of environments) {
  describe.skipIf(obstacle !== undefined)(`${name} (${obstacle ?? 'software'})`, () => {
    test('the minified backend passes the suite, under a policy without eval in a page', async (context) => {
      const found = (await run(page)) as Findings & { readonly error?: string };
      if (found.error?.includes('no GPU can be used here')) context.skip(found.error);
      expect(found.error).toBeUndefined();
      const { adapter, ran, failed, holes } = found;
      console.log(
        `gpu-conformance ${name} adapter="${adapter}" ran=${ran} failed=${failed.length} holes=${holes}`,
      );
      expect(failed).toEqual([]);
      expect(ran).toBeGreaterThan(500);
    }, 180_000);
  });
}
