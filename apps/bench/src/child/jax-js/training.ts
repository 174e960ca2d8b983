import {
  blockUntilReady,
  type Array as JaxArray,
  jit,
  nn,
  numpy as np,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import type { TrainingSpec, Workload } from '../../specs.ts';
import { cells, randomArray, type Weights } from './cells.ts';

type Parameters = { layers: Weights[]; head: { W: JaxArray; b: JaxArray }[] };

/**
 * A training step in jax-js: the whole of it, unrolled over time, in one `jit`. An argument is given away when it is
 * used, unless it is taken by `.ref`.
 */
export function training(spec: TrainingSpec): Workload {
  const { cell, batch, time, inputSize, classes } = spec;
  const rows = time * batch;
  const x = randomArray([rows, inputSize], 1);
  const hot = classes > 0 ? oneHot(rows, classes) : np.zeros([1]);
  let parameters = start(spec);
  const count = tree.leaves(parameters).reduce((n, leaf) => n + leaf.size, 0);

  const loss = ({ layers, head }: Parameters, input: JaxArray, targets: JaxArray): JaxArray => {
    const h = layers.reduce((values, w) => cells[cell].run(w, values, { batch, time }), input);
    if (head.length === 0) {
      targets.dispose();
      return np.mean(np.square(h));
    }
    const logits = np.matmul(h, head[0].W).add(head[0].b);
    return nn
      .logSoftmax(logits)
      .mul(targets)
      .sum()
      .mul(-1 / rows);
  };
  const step = jit((p: Parameters, input: JaxArray, targets: JaxArray) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(p), input, targets);
    const next = tree.map((w: JaxArray, g: JaxArray) => w.sub(g.mul(1e-3)), p, gradients);
    return { value, next: next as Parameters };
  });

  return {
    parameters: count,
    note: 'SGD, no clipping: it brings neither',
    async call() {
      const result = step(parameters, x.ref, hot.ref);
      parameters = result.next;
      await blockUntilReady(parameters);
      return (await result.value.data())[0];
    },
  };
}

function start({ cell, inputSize, hiddenSize, numLayers, classes }: TrainingSpec): Parameters {
  const layers = Array.from({ length: numLayers }, (_, i) =>
    cells[cell].weights(i === 0 ? inputSize : hiddenSize, hiddenSize),
  );
  if (classes === 0) return { layers, head: [] };
  return {
    layers,
    head: [{ W: randomArray([hiddenSize, classes], 0.1), b: np.zeros([classes]) }],
  };
}

function oneHot(rows: number, classes: number): JaxArray {
  const values = new Float32Array(rows * classes);
  for (let i = 0; i < rows; i++) {
    values[i * classes + Math.floor(Math.random() * classes)] = 1;
  }
  return np.array(values).reshape([rows, classes]);
}
