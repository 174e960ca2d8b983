import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import type { Training } from '../programs.ts';

export const run: Training = async (batch, { ids, count }, { hiddenSize: n, steps }) => {
  const m = batch[0][0].length;
  const start = (shape: [number, number]) =>
    tf.variable(tf.randomUniform<tf.Rank.R2>(shape, -1 / Math.sqrt(n), 1 / Math.sqrt(n)));
  const [W, U, head] = [start([m, 3 * n]), start([n, 3 * n]), start([n, count])];
  const [b, bU, bias] = [3 * n, n, count].map((size) => tf.variable(tf.zeros([size])));
  const x = tf.tensor3d(batch);
  const y = tf.cast(tf.oneHot(tf.tensor1d(ids, 'int32'), count), 'float32');
  const loss = () => {
    let h: tf.Tensor = tf.zeros([batch.length, n]);
    for (const step of tf.unstack(x, 1) as tf.Tensor2D[]) {
      const [xr, xz, xn] = tf.split(tf.add(tf.matMul(step, W), b), 3, 1);
      const [hr, hz, hn] = tf.split(tf.matMul(h as tf.Tensor2D, U), 3, 1);
      const [r, z] = [tf.sigmoid(tf.add(xr, hr)), tf.sigmoid(tf.add(xz, hz))];
      const candidate = tf.tanh(tf.add(xn, tf.mul(r, tf.add(hn, bU))));
      h = tf.add(tf.mul(tf.sub(1, z), candidate), tf.mul(z, h));
    }
    const logits = tf.add(tf.matMul(h as tf.Tensor2D, head), bias);
    return tf.losses.softmaxCrossEntropy(y, logits) as tf.Scalar;
  };
  const optimizer = tf.train.adam(0.01);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const value = optimizer.minimize(loss, true) as tf.Scalar;
    losses.push((await value.data())[0]);
    value.dispose();
  }
  return losses;
};
