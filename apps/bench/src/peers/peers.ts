import { fileURLToPath } from 'node:url';
import { wasm } from '@unroll/wasm';
import type { Command } from '../measure/child.ts';
import type { Peer } from './peer.ts';
import { findPython } from './python.ts';

const child = fileURLToPath(new URL('../child/main.ts', import.meta.url));
const torchScript = fileURLToPath(new URL('../../python/torch_peer.py', import.meta.url));

const tfjs = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'];

/** What our own packages are measured at, without native BLAS and with it. */
const ourKinds: Peer['kinds'] = ['training', 'product', 'stream', 'fading', 'variant'];

/** Everybody who can be measured, by the names of the metrics. */
export const peers: readonly Peer[] = [
  {
    who: 'unroll',
    kinds: ourKinds,
    find: ({ threads }) => node('unroll', ...threadsWords(threads)),
  },
  {
    who: 'unroll-blas',
    kinds: ourKinds,
    find({ threads }) {
      const missing = missingBlas();
      return missing ? { missing } : node('unroll', '--blas', ...threadsWords(threads));
    },
  },
  { who: 'unroll-packed', kinds: ['product'], find: () => node('unroll', '--packed') },
  torch(1),
  torch(2),
  ofNode('tfjs-wasm', [...tfjs, '@tensorflow/tfjs-backend-wasm'], 'tfjs', 'wasm'),
  ofNode('tfjs-cpu', [...tfjs, '@tensorflow/tfjs-backend-cpu'], 'tfjs', 'cpu'),
  ofNode('jax-js', ['@jax-js/jax'], 'jax-js'),
  ofNode('brain.js', ['brain.js'], 'brain'),
];

function threadsWords(threads: number | undefined): string[] {
  return threads === undefined ? [] : ['--threads', String(threads)];
}

/** What is missing for products by a native BLAS, in words. */
function missingBlas(): string | undefined {
  try {
    wasm({ blas: true, threads: 1 });
    return undefined;
  } catch (error) {
    return `unroll-blas: ${error instanceof Error ? error.message : error}`;
  }
}

function torch(threads: number): Peer {
  return {
    who: `torch-${threads}`,
    kinds: ['training', 'product', 'stream'],
    find({ python }) {
      const found = findPython(python);
      if ('missing' in found) return found;
      return { file: found.file, args: [torchScript, String(threads)] };
    },
  };
}

/** A peer that is a package of this workspace, run by the same Node as we are. */
function ofNode(who: string, packages: readonly string[], ...words: readonly string[]): Peer {
  return {
    who,
    kinds: ['training'],
    find() {
      const absent = packages.filter((name) => !isInstalled(name));
      if (absent.length === 0) return node(...words);
      return { missing: `${who} needs ${absent.join(' and ')}: run \`pnpm install\`` };
    },
  };
}

function node(...words: readonly string[]): Command {
  return { file: process.execPath, args: ['--conditions=@unroll/source', child, ...words] };
}

function isInstalled(name: string): boolean {
  try {
    return import.meta.resolve(name) !== '';
  } catch {
    return false;
  }
}
