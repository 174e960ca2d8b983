import { type Array as JaxArray, nn, numpy as np } from '@jax-js/jax';

export type Weights = Record<string, JaxArray>;

/** One recurrent layer: its weights, and rows `[time · batch, n]` step after step from rows of its input. */
interface Layer {
  weights(m: number, n: number): Weights;
  run(w: Weights, x: JaxArray, sizes: { readonly batch: number; readonly time: number }): JaxArray;
}

/** The equations of our `lstm` and `gru` (reset after the product), in the operations of jax-js. */
export const cells: Readonly<Record<'lstm' | 'gru', Layer>> = {
  lstm: {
    weights: (m, n) => stacked(m, n, 4),
    run({ W, U, b }, x, { batch, time }) {
      const n = U.shape[0];
      let [h, c] = [np.zeros([batch, n]), np.zeros([batch, n])];
      const steps = np.split(np.matmul(x, W).add(b), time, 0).map((xW) => {
        const [i, f, g, o] = np.split(xW.add(np.matmul(h, U.ref)), 4, 1);
        c = nn
          .sigmoid(f)
          .mul(c)
          .add(nn.sigmoid(i).mul(np.tanh(g)));
        h = nn.sigmoid(o).mul(np.tanh(c.ref));
        return h.ref;
      });
      for (const last of [h, c, U]) last.dispose();
      return np.concatenate(steps, 0);
    },
  },
  gru: {
    weights: (m, n) => ({ ...stacked(m, n, 3), bU: np.zeros([n]) }),
    run({ W, U, b, bU }, x, { batch, time }) {
      const n = U.shape[0];
      let h = np.zeros([batch, n]);
      const steps = np.split(np.matmul(x, W).add(b), time, 0).map((xW) => {
        const [xr, xz, xn] = np.split(xW, 3, 1);
        const [hr, hz, hn] = np.split(np.matmul(h.ref, U.ref), 3, 1);
        const r = nn.sigmoid(xr.add(hr));
        const z = nn.sigmoid(xz.add(hz));
        const candidate = np.tanh(xn.add(r.mul(hn.add(bU.ref))));
        // (1 − z)·n + z·h
        h = candidate.ref.add(z.mul(h.sub(candidate)));
        return h.ref;
      });
      for (const last of [h, U, bU]) last.dispose();
      return np.concatenate(steps, 0);
    },
  },
};

export function randomArray(shape: number[], bound: number): JaxArray {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, () => (Math.random() * 2 - 1) * bound);
  return np.array(values).reshape(shape);
}

function stacked(m: number, n: number, gates: number): Weights {
  const bound = 1 / Math.sqrt(n);
  return {
    W: randomArray([m, gates * n], bound),
    U: randomArray([n, gates * n], bound),
    b: np.zeros([gates * n]),
  };
}
