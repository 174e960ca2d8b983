import { type Program, type ProgramBuilder, programBuilder, type Ref } from '@unroll/backend';

/** An LSTM (Hochreiter and Schmidhuber 1997) of these sizes. */
export function lstm(inputSize: number, hiddenSize: number): Program {
  const b = programBuilder('lstm');
  const { gate } = gates(b, inputSize, hiddenSize, 4);
  return finishLstm(b, hiddenSize, [0, 1, 2, 3].map(gate));
}

/** A GRU with the reset after the product. */
export function gru(inputSize: number, hiddenSize: number): Program {
  const b = programBuilder('gru');
  const { h, gate } = gates(b, inputSize, hiddenSize, 3);
  b.parameter('V', [hiddenSize, hiddenSize]);
  const r = b.pointwise('sigmoid', [gate(0)]);
  const z = b.pointwise('sigmoid', [gate(1)]);
  const n = b.pointwise('tanh', [b.add(gate(2), b.mul(r, b.matmul(h, b.weight('V'))))]);
  const next = b.add(n, b.mul(z, b.pointwise('sub', [h, n])), 'h');
  b.next('h', next);
  b.output('h', next);
  return b.finish();
}

/** An LSTM with layer normalisation (Ba, Kiros and Hinton 2016) and one dropout mask for each sequence. */
export function layerNormLstm(inputSize: number, hiddenSize: number): Program {
  const b = programBuilder('layer-norm-lstm');
  const x = b.step('x', inputSize);
  const h = b.mul(b.state('h', hiddenSize), b.sequence('mask', hiddenSize));
  b.parameter('W', [inputSize, 4 * hiddenSize]);
  b.parameter('U', [hiddenSize, 4 * hiddenSize]);
  b.parameter('gain', [4 * hiddenSize]);
  const normed = (value: Ref, weight: string) => b.rowNorm(b.matmul(value, b.weight(weight)));
  const all = b.mul(b.add(normed(x, 'W'), normed(h, 'U')), b.weight('gain'));
  const gate = (k: number) => b.columns(all, [k * hiddenSize, (k + 1) * hiddenSize]);
  return finishLstm(b, hiddenSize, [0, 1, 2, 3].map(gate));
}

/** A tanh cell that reads a memory by dot products (Luong et al. 2015) and additively (Bahdanau et al. 2015). */
export function attentive(inputSize: number, hiddenSize: number): Program {
  const b = programBuilder('attentive');
  const { h, gate } = gates(b, inputSize, hiddenSize, 1);
  const memory = b.memory('memory', hiddenSize + 3, 'source');
  const keys = b.memory('keys', hiddenSize, 'source');
  b.parameter('v', [hiddenSize]);
  b.parameter('M', [hiddenSize + 3, hiddenSize]);
  const dot = b.rowSoftmax(b.score(h, keys));
  const additive = b.rowSoftmax(b.score(b.pointwise('tanh', [h]), keys, b.weight('v')));
  const context = b.memorySum(b.add(dot, additive), memory);
  const next = b.pointwise('tanh', [b.add(gate(0), b.matmul(context, b.weight('M')))], 'h');
  b.next('h', next);
  b.output('h', next);
  return b.finish();
}

function gates(b: ProgramBuilder, inputSize: number, hiddenSize: number, count: number) {
  const x = b.step('x', inputSize);
  const h = b.state('h', hiddenSize);
  b.parameter('W', [inputSize, count * hiddenSize]);
  b.parameter('U', [hiddenSize, count * hiddenSize]);
  b.parameter('b', [count * hiddenSize]);
  const gate = (k: number): Ref => {
    const columns = [k * hiddenSize, (k + 1) * hiddenSize] as const;
    const products = [
      { value: x, weight: b.weight('W', { columns }) },
      { value: h, weight: b.weight('U', { columns }) },
    ];
    return b.affine(products, b.weight('b', { columns }));
  };
  return { h, gate };
}

function finishLstm(b: ProgramBuilder, hiddenSize: number, [i, f, g, o]: readonly Ref[]): Program {
  const kept = b.mul(b.pointwise('sigmoid', [f]), b.state('c', hiddenSize));
  const c = b.add(kept, b.mul(b.pointwise('sigmoid', [i]), b.pointwise('tanh', [g])), 'c');
  const h = b.mul(b.pointwise('sigmoid', [o]), b.pointwise('tanh', [c]), 'h');
  b.next('h', h);
  b.next('c', c);
  b.output('h', h);
  return b.finish();
}
