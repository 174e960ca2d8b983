import { fileURLToPath } from 'node:url';
import { wasm } from '@unroll/wasm';
import { gpuPeers } from './gpu.ts';
import { node, tfjs, withPackages } from './installed.ts';
import type { Peer } from './peer.ts';
import { findPython } from './python.ts';

const child = fileURLToPath(new URL('../child/main.ts', import.meta.url));
const torchScript = fileURLToPath(new URL('../../python/torch_peer.py', import.meta.url));

/** What our own packages are measured at, without native BLAS and with it. */
const ourKinds: Peer['kinds'] = [
  ...(['training', 'product', 'stream', 'fading', 'variant'] as const),
  ...(['attention', 'generation', 'ctc'] as const),
];

/** Everybody who can be measured, by the names of the metrics. */
export const peers: readonly Peer[] = [
  {
    who: 'unroll',
    kinds: ourKinds,
    find: ({ threads }) => node(child, 'unroll', ...threadsWords(threads)),
  },
  {
    who: 'unroll-blas',
    kinds: ourKinds,
    find({ threads }) {
      const missing = missingBlas();
      return missing ? { missing } : node(child, 'unroll', '--blas', ...threadsWords(threads));
    },
  },
  { who: 'unroll-packed', kinds: ['product'], find: () => node(child, 'unroll', '--packed') },
  torch(1),
  torch(2),
  ofNode('tfjs-wasm', [...tfjs, '@tensorflow/tfjs-backend-wasm'], 'tfjs', 'wasm'),
  ofNode('tfjs-cpu', [...tfjs, '@tensorflow/tfjs-backend-cpu'], 'tfjs', 'cpu'),
  ofNode('jax-js', ['@jax-js/jax'], 'jax-js'),
  ofNode('brain.js', ['brain.js'], 'brain'),
  ...gpuPeers,
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
    kinds: ['training', 'product', 'stream', 'attention', 'generation', 'ctc'],
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
    find: () => withPackages(who, packages, () => node(child, ...words)),
  };
}
