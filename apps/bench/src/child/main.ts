import { refuse, serve } from './serve.ts';

// One peer in a process of its own, named by its module: `node main.ts unroll --threads 2`. Only what that peer needs is
// loaded, so that memory and start are its own.
const [name, ...words] = process.argv.slice(2);
const peers = {
  unroll: () => import('./unroll/peer.ts'),
  tfjs: () => import('./tfjs/peer.ts'),
  'jax-js': () => import('./jax-js/peer.ts'),
  brain: () => import('./brain/peer.ts'),
  'gpu/unroll': () => import('./gpu/unroll.ts'),
  'gpu/tfjs': () => import('./gpu/tfjs.ts'),
  'gpu/jax-js': () => import('./gpu/jax-js.ts'),
};
try {
  const { start } = await peers[name as keyof typeof peers]();
  const { prepare, facts } = await start(words);
  await serve(prepare, facts);
  // A GPU keeps a process alive.
  process.exit();
} catch (error) {
  refuse(error);
}
