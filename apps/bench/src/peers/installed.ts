import { createRequire } from 'node:module';
import type { Command } from '../measure/child.ts';
import type { Found } from './peer.ts';

/** What all of TensorFlow.js's backends need beside their own package. */
export const tfjs = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'] as const;

/** A program of ours, run by the same Node as we are. */
export function node(...words: readonly string[]): Command {
  return { file: process.execPath, args: ['--conditions=@unroll/source', ...words] };
}

/** How a peer is started that needs packages of this workspace, or which of them it lacks. */
export function withPackages(who: string, packages: readonly string[], find: () => Found): Found {
  const absent = packages.filter((name) => !isInstalled(name));
  if (absent.length === 0) return find();
  return { missing: `${who} needs ${absent.join(' and ')}: run \`pnpm install\`` };
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
