import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { explain } from './explain.mjs';
import { captured, foreground } from './run.mjs';
import { skippedTitles, tally } from './tally.mjs';

describe('explain', () => {
  test.each([
    ['npm error code ENOTFOUND', 'registry cannot be reached'],
    ['╰─▶ ERR_PNPM_RESOLVING_NPM_RESOLVER_NETWORK_ERROR: Failed', 'registry cannot be reached'],
    ["EACCES: permission denied, mkdir '/root/.npm'", 'could not be written'],
    ['ENOSPC: no space left on device, write', 'disk is full'],
    ['ERR_PNPM_OUTDATED_LOCKFILE', 'Run `pnpm install` and commit'],
    ['something new', 'it is written in setup.log'],
  ])('"%s" is told as "%s"', (output, words) => {
    expect(explain(output, 'setup.log')).toContain(words);
  });
});

describe('tally', () => {
  const passed = { status: 'passed', assertionResults: [{ status: 'passed' }] };
  const report = {
    numPassedTests: 7,
    numFailedTests: 0,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: [passed],
  };

  test('a green run is counted as vitest counts it', () => {
    expect(tally(report, 0)).toEqual({ passed: 7, failed: 0, skipped: 3 });
  });

  test('what was not run is told by its whole title', () => {
    const assertionResults = [
      { status: 'passed', fullName: 'on the CPU adds' },
      { status: 'skipped', fullName: 'on a GPU (install one) adds' },
    ];
    const testResults = [{ status: 'passed', assertionResults }];
    expect(skippedTitles({ ...report, testResults })).toEqual(['on a GPU (install one) adds']);
    expect(skippedTitles(undefined)).toEqual([]);
  });

  test('a file that could not be loaded is a failure', () => {
    const testResults = [passed, { status: 'failed', assertionResults: [] }];
    expect(tally({ ...report, testResults }, 1).failed).toBe(1);
    const failing = { status: 'failed', assertionResults: [{ status: 'failed' }] };
    const both = { ...report, numFailedTests: 1, testResults: [...testResults, failing] };
    expect(tally(both, 1).failed).toBe(2);
  });

  test('a run that ended badly is a failure, with a report or without', () => {
    expect(tally(undefined, 139)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(tally(report, 1).failed).toBe(1);
  });
});

describe('a child process', () => {
  test('gives its exit code and its output back', async () => {
    const code = "console.log('out'); console.error('err'); process.exit(3)";
    const { code: status, output } = await captured(process.execPath, ['-e', code], {});
    expect(status).toBe(3);
    expect(output).toContain('out');
    expect(output).toContain('err');
    expect(await foreground(process.execPath, ['-e', 'process.exit(4)'], {})).toBe(4);
  });

  test('that cannot be started is an exit code of 1 with the reason', async () => {
    const { code, output } = await captured('no-such-program', [], {});
    expect(code).toBe(1);
    expect(output).toContain('ENOENT');
  });

  // Windows has no signal that a process could answer.
  const onSystemsWithSignals = process.platform === 'win32' ? [] : [process.platform];
  test.each(onSystemsWithSignals)('on %s receives the signal sent to its parent', async () => {
    const run = new URL('./run.mjs', import.meta.url).href;
    const child =
      "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1000); console.log('up')";
    const parent = `import { foreground } from '${run}'; process.exitCode = await foreground(process.execPath, ['-e', ${JSON.stringify(child)}]);`;
    const args = ['--input-type=module', '-e', parent];
    const outer = spawn(process.execPath, args, {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
    });
    outer.stdout.once('data', () => outer.kill('SIGTERM'));
    const code = await new Promise((resolve) => outer.on('exit', resolve));
    expect(code).toBe(5);
  });
});
