/** A small training that a stranger may write: the first and the last of 40 losses. */
const body = `
  manualSeed(1);
  const gru = new GRU({ inputSize: 2, hiddenSize: 8 });
  const head = new Linear({ inputSize: 8, outputSize: 2 });
  const optimizer = new Adam([...gru.parameters(), ...head.parameters()], { lr: 0.02 });
  const x = tensor([[[0, 1], [1, 0], [1, 1]], [[1, 1], [0, 1], [1, 0]]]);
  const y = tensor([[0, 1, 1], [1, 0, 0]], { dtype: 'int32' });
  const losses = [];
  for (let step = 0; step < 40; step++) {
    const loss = crossEntropy(head.forward(gru.forward(x).output), y);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    losses.push(await loss.item());
  }
  return { first: losses[0], last: losses[39] };
`;

const parts: Readonly<Record<string, string>> = {
  '@unroll/cells': 'GRU',
  '@unroll/nn': 'crossEntropy, Linear',
  '@unroll/optimizers': 'Adam',
  '@unroll/tensor': 'manualSeed, tensor',
};

/** What the training needs to be installed. */
export const packages: readonly string[] = Object.keys(parts);

const lines = (line: (names: string, from: string) => string) =>
  Object.entries(parts)
    .map(([from, names]) => line(names, from))
    .join('\n');

/** `train()` in a module of its own. */
export const trainModule = `${lines((names, from) => `import { ${names} } from '${from}';`)}
export async function train() {${body}}
`;

export const importing = `import { train } from './train.js';
console.log(JSON.stringify(await train()));
`;

export const requiring = `${lines((names, from) => `const { ${names} } = require('${from}');`)}
async function train() {${body}}
train().then((losses) => console.log(JSON.stringify(losses)));
`;

/** For TypeScript: types that are inferred must be those that are written. */
export const typed = `${lines((names, from) => `import { ${names} } from '${from}';`)}
import { Tensor } from '@unroll/tensor';
export async function train(): Promise<{ first: number; last: number }> {${body.replace('const losses = []', 'const losses: number[] = []')}}
const loss: Tensor = crossEntropy(tensor([[0.5, 1]]), tensor([0], { dtype: 'int32' }));
loss.backward();
// @ts-expect-error a misspelt option
new GRU({ inputSize: 2, hiddenSizes: 8 });
`;

/** A page that trains and says what came of it. */
export const page = `import { train } from './train.js';
${reporting('train()')}
`;

/** A page that has a worker train. */
export const workerPage = `const worker = new Worker('/worker.js', { type: 'module' });
${reporting(`new Promise((resolve, reject) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = ({ message }) => reject(new Error(message));
})`)}
`;

export const worker = `import { train } from './train.js';
postMessage(await train());
`;

function reporting(found: string): string {
  return `${found}
  .catch((error) => ({ error: String(error.stack ?? error) }))
  .then((found) => fetch('/report', { method: 'POST', body: JSON.stringify(found) }));`;
}
