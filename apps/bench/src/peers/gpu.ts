import { fileURLToPath } from 'node:url';
import { noBrowser, noVulkan, softwareVulkan } from '@unroll/backend/testing/browser';
import { node, tfjs, versionOf, withPackages } from './installed.ts';
import type { Adapter, Found, Peer } from './peer.ts';

const relay = fileURLToPath(new URL('../child/page/relay.ts', import.meta.url));
const child = fileURLToPath(new URL('../child/main.ts', import.meta.url));

const kinds: Peer['kinds'] = ['training', 'product'];
const ours: Peer['kinds'] = [...kinds, 'fit', 'peak'];

/** Everybody who computes on a GPU: in a page of a headless Chromium, and in Node. */
export const gpuPeers: readonly Peer[] = [
  inPage('unroll-webgpu', ours, [], 'unroll', 'webgpu'),
  { ...inPage('unroll-webgl2', [...kinds, 'fit'], [], 'unroll', 'webgl2'), onlyIfAsked: true },
  inPage('tfjs-webgl', kinds, [...tfjs, '@tensorflow/tfjs-backend-webgl'], 'tfjs', 'webgl'),
  inPage('tfjs-webgpu', kinds, [...tfjs, '@tensorflow/tfjs-backend-webgpu'], 'tfjs', 'webgpu'),
  inPage('jax-js-webgpu', kinds, ['@jax-js/jax'], 'jax-js', versionOf('@jax-js/jax')),
  inNode('unroll-webgpu-node', ours, [], 'unroll', 'webgpu'),
  inNode('tfjs-webgpu-node', kinds, [...tfjs, '@tensorflow/tfjs-backend-webgpu'], 'tfjs', 'webgpu'),
  inNode('jax-js-webgpu-node', kinds, ['@jax-js/jax'], 'jax-js', versionOf('@jax-js/jax')),
];

function inPage(
  who: string,
  of: Peer['kinds'],
  packages: readonly string[],
  module: string,
  ...words: readonly string[]
): Peer {
  return onGpu(who, of, packages, (adapter) =>
    noBrowser
      ? { missing: `${who} needs a browser: ${noBrowser}` }
      : node(relay, adapter, module, ...words),
  );
}

function inNode(
  who: string,
  of: Peer['kinds'],
  packages: readonly string[],
  module: string,
  ...words: readonly string[]
): Peer {
  return onGpu(who, of, [...packages, 'webgpu'], (adapter) => {
    const command = node(child, `gpu/${module}`, ...words);
    if (adapter === 'hardware') return command;
    if (noVulkan) return { missing: `${who} needs a software Vulkan: ${noVulkan}` };
    return { ...command, env: softwareVulkan };
  });
}

function onGpu(
  who: string,
  kinds: Peer['kinds'],
  packages: readonly string[],
  findOn: (adapter: Adapter) => Found,
): Peer {
  return {
    who,
    device: 'gpu',
    kinds,
    find: ({ adapter = 'software' }) => withPackages(who, packages, () => findOn(adapter)),
  };
}
