import { defaultDevice, init, nn, numpy as np } from '@jax-js/jax';
import type { Inference } from '../programs.ts';

export const run: Inference = async (weights, batch) => {
  await init('wasm');
  defaultDevice('wasm');
  const [W, U, b, bU] = [weights.W, weights.U, weights.b, weights.bU].map((x) => np.array(x));
  let h = np.zeros([batch.length, weights.U.length]);
  for (let t = 0; t < batch[0].length; t++) {
    const x = np.array(batch.map((row) => row[t]));
    const [xr, xz, xn] = np.split(np.matmul(x, W.ref).add(b.ref), 3, 1);
    const [hr, hz, hn] = np.split(np.matmul(h.ref, U.ref), 3, 1);
    const r = nn.sigmoid(xr.add(hr));
    const z = nn.sigmoid(xz.add(hz));
    const n = np.tanh(xn.add(r.mul(hn.add(bU.ref))));
    // (1 − z)·n + z·h
    h = n.ref.add(z.mul(h.sub(n)));
  }
  for (const weight of [W, U, b, bU]) weight.dispose();
  return np.matmul(h, np.array(weights.head.W)).add(np.array(weights.head.b)).data();
};
