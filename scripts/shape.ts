import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/**
 * Packs the built package in the current folder exactly as it would be published and inspects the
 * archive: what it exports, whether types and code agree, and that `require()` of Node 22.12 and
 * later loads it. Runs through turbo, so an unchanged package is not inspected again.
 */
const folder = process.cwd();
const manifest: { name: string; publishConfig: { exports: Record<string, unknown> } } = JSON.parse(
  readFileSync(join(folder, 'package.json'), 'utf8'),
);

/** ES modules only, for modern resolution: these two old ways of resolving are not supported. */
const unsupported = ['node10', 'node16-cjs'];

const problems = [...(await inspectArchive(pack())), ...requireEveryEntry()];
for (const problem of problems) console.error(`${manifest.name}: ${problem}`);
if (problems.length > 0) process.exitCode = 1;

function pack(): Uint8Array<ArrayBuffer> {
  const destination = mkdtempSync(join(tmpdir(), 'unroll-pack-'));
  try {
    const args = ['pack', '--pack-destination', destination];
    const shell = process.platform === 'win32';
    const { status, stderr, error } = spawnSync('pnpm', args, { encoding: 'utf8', shell });
    if (status !== 0) throw new Error(`pnpm pack failed: ${error?.message ?? stderr}`);
    return new Uint8Array(readFileSync(join(destination, readdirSync(destination)[0])));
  } finally {
    rmSync(destination, { recursive: true });
  }
}

async function inspectArchive(archive: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const lint = await publint({ pack: { tarball: archive.buffer }, strict: true });
  const types = await checkPackage(createPackageFromTarballData(archive));
  const wrong = types.types === false ? [{ kind: 'NoTypes' }] : types.problems;
  const relevant = wrong.filter((problem) => {
    const kind: unknown = 'resolutionKind' in problem ? problem.resolutionKind : undefined;
    return !unsupported.some((name) => name === kind);
  });
  return [
    ...lint.messages.map((message) =>
      String(formatMessage(message, lint.pkg, { color: false }) ?? message.code),
    ),
    ...relevant.map((problem) => `are the types wrong? ${JSON.stringify(problem)}`),
  ];
}

function requireEveryEntry(): string[] {
  const require = createRequire(join(folder, 'package.json'));
  return Object.keys(manifest.publishConfig.exports).flatMap((entry) => {
    const name = entry.replace('.', manifest.name);
    try {
      require(name);
      return [];
    } catch (error) {
      return [`require('${name}') failed: ${error}`];
    }
  });
}
