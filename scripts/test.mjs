import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError, setUp } from './setup/index.mjs';
import { cache, pinnedNode, root, toolEnvironment, vitestEntry } from './setup/paths.mjs';
import { foreground } from './setup/run.mjs';
import { skippedTitles, tally } from './setup/tally.mjs';

/** `npm test`: sets everything up, checks, runs every test; its last line is the count. */
const results = join(cache, 'test-results.json');

try {
  await setUp();
  const checked = await node(join(root, 'scripts', 'check.ts'));
  if (checked !== 0) finish(checked, { passed: 0, failed: 1, skipped: 0 });
  else await runTests();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(error.message);
  finish(1, { passed: 0, failed: 1, skipped: 0 });
}

async function runTests() {
  mkdirSync(cache, { recursive: true });
  rmSync(results, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`];
  const code = await node(vitestEntry, 'run', ...reporters, ...process.argv.slice(2));
  const report = read(results);
  const chosen = process.argv.some((word) => word === '-t' || word.startsWith('--testNamePattern'));
  if (!chosen) for (const title of skippedTitles(report)) console.log(`skipped: ${title}`);
  finish(code, tally(report, code));
}

/**
 * @param {string} file
 * @returns {import('./setup/tally.mjs').Report | undefined}
 */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** @param {string[]} args */
function node(...args) {
  return foreground(pinnedNode, args, { cwd: root, env: toolEnvironment() });
}

/**
 * @param {number} code
 * @param {{ passed: number, failed: number, skipped: number }} count
 */
function finish(code, { passed, failed, skipped }) {
  const skips = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(`${passed} passed, ${failed} failed${skips}`);
  process.exitCode = code === 0 && failed > 0 ? 1 : code;
}
