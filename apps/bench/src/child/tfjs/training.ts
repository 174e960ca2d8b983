import * as tf from '@tensorflow/tfjs-core';
import type { TrainingSpec, Workload } from '../../specs.ts';
import { cells } from './cells.ts';

/**
 * A training step in TensorFlow.js, written out in its operations: its own layers have no GRU that resets after the
 * product, and project the input once a step instead of once a sequence.
 */
export function training(spec: TrainingSpec): Workload {
  const { cell, batch, time, inputSize, hiddenSize, numLayers, classes } = spec;
  const x = tf.randomUniform<tf.Rank.R2>([time * batch, inputSize], -1, 1);
  const layers = Array.from({ length: numLayers }, (_, i) =>
    cells[cell](i === 0 ? inputSize : hiddenSize, hiddenSize),
  );
  const head = classes > 0 ? headOf(spec) : undefined;
  const variables = [...layers.flatMap((layer) => layer.variables), ...(head?.variables ?? [])];
  const optimizer = tf.train.adam(1e-3);
  const loss = () => {
    const h = layers.reduce((rows, layer) => layer.run(rows, { batch, time }), x);
    return head ? head.loss(h) : tf.mean<tf.Scalar>(tf.square(h));
  };
  return {
    parameters: variables.reduce((n, v) => n + v.size, 0),
    async call() {
      const value = tf.tidy(() => {
        const { value, grads } = tf.variableGrads(loss, variables);
        optimizer.applyGradients(clipByNorm(grads, 1));
        return value;
      });
      const [number] = await value.data();
      value.dispose();
      return number;
    },
  };
}

function headOf({ batch, time, hiddenSize, classes }: TrainingSpec) {
  const weight = tf.variable(tf.randomUniform<tf.Rank.R2>([hiddenSize, classes], -0.1, 0.1));
  const bias = tf.variable(tf.zeros<tf.Rank.R1>([classes]));
  const ids = tf.randomUniform([time * batch], 0, classes, 'int32');
  const targets = tf.cast(tf.oneHot(ids, classes), 'float32');
  return {
    variables: [weight, bias],
    loss(h: tf.Tensor2D): tf.Scalar {
      const logits = tf.add(tf.matMul(h, weight), bias);
      return tf.losses.softmaxCrossEntropy(targets, logits) as tf.Scalar;
    },
  };
}

/** Gradients by the name of their variable, as `applyGradients` takes them. */
function clipByNorm(
  gradients: tf.NamedTensorMap,
  max: number,
): { name: string; tensor: tf.Tensor }[] {
  const squares = Object.values(gradients).map((g) => tf.sum(tf.square(g)));
  const norm = tf.sqrt(tf.addN(squares));
  const factor = tf.minimum(tf.div(max, tf.add(norm, 1e-6)), 1);
  return Object.entries(gradients).map(([name, g]) => ({ name, tensor: tf.mul(g, factor) }));
}
