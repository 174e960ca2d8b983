import * as tf from '@tensorflow/tfjs-core';

/** One recurrent layer: its variables, and rows `[time · batch, n]` step after step from rows of its input. */
export interface Layer {
  readonly variables: tf.Variable[];
  run(x: tf.Tensor2D, sizes: { readonly batch: number; readonly time: number }): tf.Tensor2D;
}

type Rows = tf.Tensor2D;

/** The equations of our `lstm` and `gru` (reset after the product), in the operations of TensorFlow.js. */
export const cells: Readonly<Record<'lstm' | 'gru', (m: number, n: number) => Layer>> = {
  lstm(m, n) {
    const { W, U, b } = weights(m, n, 4);
    return {
      variables: [W, U, b],
      run(x, { batch, time }) {
        let [h, c] = [tf.zeros<tf.Rank.R2>([batch, n]), tf.zeros<tf.Rank.R2>([batch, n])];
        const steps = tf.split<Rows>(tf.add(tf.matMul(x, W), b), time, 0).map((xW) => {
          const [i, f, g, o] = tf.split<Rows>(tf.add(xW, tf.matMul(h, U)), 4, 1);
          c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
          h = tf.mul(tf.sigmoid(o), tf.tanh(c));
          return h;
        });
        return tf.concat(steps, 0);
      },
    };
  },
  gru(m, n) {
    const { W, U, b } = weights(m, n, 3);
    const bU = tf.variable(tf.zeros<tf.Rank.R1>([n]));
    return {
      variables: [W, U, b, bU],
      run(x, { batch, time }) {
        let h = tf.zeros<tf.Rank.R2>([batch, n]);
        const steps = tf.split<Rows>(tf.add(tf.matMul(x, W), b), time, 0).map((xW) => {
          const [xr, xz, xn] = tf.split<Rows>(xW, 3, 1);
          const [hr, hz, hn] = tf.split<Rows>(tf.matMul(h, U), 3, 1);
          const r = tf.sigmoid(tf.add(xr, hr));
          const z = tf.sigmoid(tf.add(xz, hz));
          const candidate = tf.tanh(tf.add(xn, tf.mul(r, tf.add(hn, bU))));
          h = tf.add(tf.mul(tf.sub(1, z), candidate), tf.mul(z, h));
          return h;
        });
        return tf.concat(steps, 0);
      },
    };
  },
};

function weights(m: number, n: number, gates: number) {
  const bound = 1 / Math.sqrt(n);
  return {
    W: tf.variable(tf.randomUniform<tf.Rank.R2>([m, gates * n], -bound, bound)),
    U: tf.variable(tf.randomUniform<tf.Rank.R2>([n, gates * n], -bound, bound)),
    b: tf.variable(tf.zeros<tf.Rank.R1>([gates * n])),
  };
}
