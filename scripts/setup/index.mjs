import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { explain } from './explain.mjs';
import * as paths from './paths.mjs';
import { captured } from './run.mjs';

/** A reason to stop that is written for the person at the terminal, without a stack. */
export class SetupError extends Error {}

/** Fewer and quicker retries than the tools' own, so that a missing network is reported in seconds. */
const patience = {
  npm_config_fetch_retries: '2',
  npm_config_fetch_retry_mintimeout: '500',
  npm_config_fetch_retry_maxtimeout: '2000',
  pnpm_config_fetch_retries: '2',
  pnpm_config_fetch_retry_mintimeout: '500',
  pnpm_config_fetch_retry_maxtimeout: '2000',
  pnpm_config_confirm_modules_purge: 'false',
};

/**
 * Brings pnpm, the dependencies and the pinned Node, on a machine that has only Node and npm.
 * The second time it returns at once. Throws SetupError with one sentence that says what to do.
 */
export async function setUp() {
  requireNode();
  requireWritableFolder();
  const stamp = lockStamp();
  if (isReady(stamp)) return;
  const start = Date.now();
  writeFileSync(paths.setupLog, '');
  await bringPnpm();
  await bringDependencies();
  mkdirSync(dirname(paths.stampFile), { recursive: true });
  writeFileSync(paths.stampFile, stamp);
  say(`Ready after ${((Date.now() - start) / 1000).toFixed(0)} s.`);
}

function requireNode() {
  const { version, versions } = process;
  if (Number(versions.node.split('.')[0]) >= 20) return;
  throw new SetupError(`Node 20 or newer is needed and this is ${version}: get one at nodejs.org.`);
}

function requireWritableFolder() {
  try {
    mkdirSync(paths.cache, { recursive: true });
    const probe = join(paths.cache, 'probe');
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new SetupError(
      `The folder ${paths.root} cannot be written (${error}). Clone the repository into a folder of your own.`,
    );
  }
}

function lockStamp() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} `);
  for (const file of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml']) {
    hash.update(readFileSync(join(paths.root, file)));
  }
  return hash.digest('hex');
}

/** @param {string} stamp */
function isReady(stamp) {
  const needed = [paths.stampFile, paths.pinnedNode, paths.pnpmEntry, paths.vitestEntry];
  return (
    needed.every((file) => existsSync(file)) && readFileSync(paths.stampFile, 'utf8') === stamp
  );
}

async function bringPnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(paths.root, 'package.json'), 'utf8'));
  const version = packageManager.replace('pnpm@', '');
  if (installedPnpm() !== version) {
    say(`Bringing pnpm ${version} …`);
    const [npm, ...first] = npmCommand();
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
    const args = [...first, 'install', '--prefix', paths.pnpmHome, ...options, packageManager];
    await must(npm, args, { shell: npm === 'npm' && process.platform === 'win32' });
  }
  writeShims();
}

function installedPnpm() {
  const manifest = join(paths.pnpmHome, 'node_modules', 'pnpm', 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}

/** npm's own script where it can be found: no shell and no .cmd file, on every system. */
function npmCommand() {
  const home = dirname(process.execPath);
  const places = [
    process.env.npm_execpath ?? '',
    join(home, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(home, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  const script = places.find((place) => place.endsWith('npm-cli.js') && existsSync(place));
  return script ? [process.execPath, script] : ['npm'];
}

/** Turbo starts `pnpm` by name, so that name must exist where nobody has installed pnpm. */
function writeShims() {
  mkdirSync(paths.shims, { recursive: true });
  const shell = join(paths.shims, 'pnpm');
  writeFileSync(shell, `#!/bin/sh\nexec node "${paths.pnpmEntry}" "$@"\n`);
  chmodSync(shell, 0o755);
  writeFileSync(`${shell}.cmd`, `@node "${paths.pnpmEntry}" %*\r\n`);
}

async function bringDependencies() {
  say('Installing the dependencies and Node 24 (half a minute the first time) …');
  await must(process.execPath, [paths.pnpmEntry, 'install', '--reporter=append-only'], {});
  if (!existsSync(paths.pinnedNode)) {
    throw new SetupError(
      `There is no Node 24 for ${process.platform} on ${process.arch} in the npm registry; see ${paths.setupLog}.`,
    );
  }
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 */
async function must(program, args, options) {
  const env = { ...process.env, ...patience };
  const { code, output } = await captured(program, args, { cwd: paths.root, env, ...options });
  appendFileSync(paths.setupLog, output);
  if (code !== 0) throw new SetupError(explain(output, paths.setupLog));
}

/** @param {string} sentence */
function say(sentence) {
  console.log(`Setting up: ${sentence}`);
}
