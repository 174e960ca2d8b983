import * as tf from '@tensorflow/tfjs-core';
import type { Inference } from '../programs.ts';

export const run: Inference = async (weights, batch) => {
  const scores = tf.tidy(() => {
    const [W, U] = [tf.tensor2d(weights.W), tf.tensor2d(weights.U)];
    const [b, bU] = [tf.tensor1d(weights.b), tf.tensor1d(weights.bU)];
    const steps = tf.unstack(tf.tensor3d(batch), 1) as tf.Tensor2D[];
    let h = tf.zeros<tf.Rank.R2>([batch.length, weights.U.length]);
    for (const x of steps) {
      const [xr, xz, xn] = tf.split(tf.add(tf.matMul(x, W), b), 3, 1);
      const [hr, hz, hn] = tf.split(tf.matMul(h, U), 3, 1);
      const [r, z] = [tf.sigmoid(tf.add(xr, hr)), tf.sigmoid(tf.add(xz, hz))];
      const n = tf.tanh(tf.add(xn, tf.mul(r, tf.add(hn, bU))));
      h = tf.add(tf.mul(tf.sub(1, z), n), tf.mul(z, h));
    }
    return tf.add(tf.matMul(h, tf.tensor2d(weights.head.W)), tf.tensor1d(weights.head.b));
  });
  return scores.data();
};
