import { createRequire } from 'node:module';
import type { Command } from '../measure/child.ts';

/** A program of ours, run by the same Node as we are. */
export function node(...words: readonly string[]): Command {
  return { file: process.execPath, args: ['--conditions=@unroll/source', ...words] };
}

/** What a peer lacks of the packages of this workspace, in words. */
export function lacking(who: string, packages: readonly string[]): string | undefined {
  const absent = packages.filter((name) => !isInstalled(name));
  if (absent.length === 0) return undefined;
  return `${who} needs ${absent.join(' and ')}: run \`pnpm install\``;
}

export function versionOf(name: string): string {
  const { resolve } = createRequire(import.meta.url);
  return createRequire(resolve(name))('../package.json').version;
}

function isInstalled(name: string): boolean {
  try {
    return import.meta.resolve(name) !== '';
  } catch {
    return false;
  }
}
