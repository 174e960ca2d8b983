import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const find = new URL('./find.ts', import.meta.url).href;

/** What another process finds, in which CHROME_PATH says something else. */
async function found(path: string): Promise<string> {
  const code = `const { browser } = await import('${find}'); console.log(browser);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@unroll/source', '--input-type=module', '-e', code],
    { env: { ...process.env, CHROME_PATH: path } },
  );
  return stdout.trim();
}

test('CHROME_PATH goes before every other browser', async () => {
  expect(await found(process.execPath)).toBe(process.execPath);
});

test('a CHROME_PATH without a file is an error that names it', async () => {
  const path = '/nowhere/chrome';
  await expect(found(path)).rejects.toThrow(`CHROME_PATH is ${path}, where no file is`);
});
