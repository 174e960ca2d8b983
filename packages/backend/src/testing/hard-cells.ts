import { type ProgramBuilder, programBuilder } from '../program/build.ts';
import type { Program, Ref } from '../program/program.ts';

/** The sizes that the cells are written in; small, all different. */
const inputSize = 3;
const hiddenSize = 4;

interface Gates {
  readonly x: Ref;
  readonly h: Ref;
  /** x·W + h·U + b at gate k, before its squashing. */
  readonly gate: (k: number, h?: Ref) => Ref;
}

/** Input, state h, and one W, U, b for all gates side by side. */
function gates(b: ProgramBuilder, count: number, stateSize = hiddenSize): Gates {
  const x = b.step('x', inputSize);
  const h = b.state('h', stateSize);
  b.parameter('W', [inputSize, count * hiddenSize]);
  b.parameter('U', [stateSize, count * hiddenSize]);
  b.parameter('b', [count * hiddenSize]);
  const gate = (k: number, left = h): Ref => {
    const columns = [k * hiddenSize, (k + 1) * hiddenSize] as const;
    const products = [
      { value: x, weight: b.weight('W', { columns }) },
      { value: left, weight: b.weight('U', { columns }) },
    ];
    return b.affine(products, b.weight('b', { columns }));
  };
  return { x, h, gate };
}

/** h = tanh(x·W + h·U + b) (Elman 1990). */
function tanhRnn(): Program {
  const b = programBuilder('tanh-rnn');
  const { gate } = gates(b, 1);
  const h = b.pointwise('tanh', [gate(0)], 'h');
  b.next('h', h);
  b.output('h', h);
  return b.finish();
}

/** Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. */
export function lstm(): Program {
  const b = programBuilder('lstm');
  const { gate } = gates(b, 4);
  const old = b.state('c', hiddenSize);
  const i = b.pointwise('sigmoid', [gate(0)], 'i');
  const f = b.pointwise('sigmoid', [gate(1)], 'f');
  const g = b.pointwise('tanh', [gate(2)], 'g');
  const o = b.pointwise('sigmoid', [gate(3)], 'o');
  const c = b.add(b.mul(f, old), b.mul(i, g), 'c');
  const h = b.mul(o, b.pointwise('tanh', [c]), 'h');
  b.next('h', h);
  b.next('c', c);
  b.output('h', h);
  return b.finish();
}

/** Reset after the product, z keeps the old state: cuDNN's and PyTorch's GRU. */
function gruAfter(): Program {
  const b = programBuilder('gru-after');
  const { x, h, gate } = gates(b, 2);
  b.parameter('Wn', [inputSize, hiddenSize]);
  b.parameter('Un', [hiddenSize, hiddenSize]);
  b.parameter('bn', [hiddenSize]);
  b.parameter('bhn', [hiddenSize]);
  const r = b.pointwise('sigmoid', [gate(0)], 'r');
  const z = b.pointwise('sigmoid', [gate(1)], 'z');
  const inner = b.affine([{ value: h, weight: b.weight('Un') }], b.weight('bhn'), 'u');
  const outer = b.affine([{ value: x, weight: b.weight('Wn') }], b.weight('bn'));
  const n = b.pointwise('tanh', [b.add(outer, b.mul(r, inner))], 'n');
  const next = b.add(n, b.mul(z, b.pointwise('sub', [h, n])), 'h');
  b.next('h', next);
  b.output('h', next);
  return b.finish();
}

/** Hard cell 1. Reset before the product, z takes the candidate (Cho et al. 2014): a product that waits for a gate. */
export function gruBefore(): Program {
  const b = programBuilder('gru-before');
  const { h, gate } = gates(b, 3);
  const r = b.pointwise('sigmoid', [gate(0)], 'r');
  const z = b.pointwise('sigmoid', [gate(1)], 'z');
  const n = b.pointwise('tanh', [gate(2, b.mul(r, h, 's'))], 'n');
  const next = b.add(h, b.mul(z, b.pointwise('sub', [n, h])), 'h');
  b.next('h', next);
  b.output('h', next);
  return b.finish();
}

/**
 * Hard cell 2. Peepholes (Gers and Schmidhuber 2000) and projection (Sak et al. 2014): vectors on the old and on the new
 * cell state, and a state that is smaller than the gates.
 */
function peepholeProjectionLstm(): Program {
  const b = programBuilder('lstm-peephole-projection');
  const projected = 2;
  const { gate } = gates(b, 4, projected);
  const old = b.state('c', hiddenSize);
  for (const name of ['pi', 'pf', 'po']) b.parameter(name, [hiddenSize]);
  b.parameter('P', [hiddenSize, projected]);
  const peep = (k: number, p: string, c: Ref) => b.add(gate(k), b.mul(b.weight(p), c));
  const i = b.pointwise('sigmoid', [peep(0, 'pi', old)], 'i');
  const f = b.pointwise('sigmoid', [peep(1, 'pf', old)], 'f');
  const g = b.pointwise('tanh', [gate(2)], 'g');
  const c = b.add(b.mul(f, old), b.mul(i, g), 'c');
  const o = b.pointwise('sigmoid', [peep(3, 'po', c)], 'o');
  const h = b.matmul(b.mul(o, b.pointwise('tanh', [c]), 'm'), b.weight('P'), 'h');
  b.next('h', h);
  b.next('c', c);
  b.output('h', h);
  return b.finish();
}

/**
 * Hard cell 3. Layer normalisation (Ba, Kiros and Hinton 2016), zoneout with a mask at every step (Krueger et al. 2017),
 * dropout with one mask for the whole sequence (Gal and Ghahramani 2016).
 */
export function layerNormLstm(): Program {
  const b = programBuilder('lstm-layer-norm');
  const x = b.step('x', inputSize);
  const zoneout = b.step('zoneout', hiddenSize);
  const dropped = b.sequence('dropout', hiddenSize);
  const h = b.state('h', hiddenSize);
  const old = b.state('c', hiddenSize);
  b.parameter('W', [inputSize, 4 * hiddenSize]);
  b.parameter('U', [hiddenSize, 4 * hiddenSize]);
  for (const name of ['gainW', 'gainU', 'b']) b.parameter(name, [4 * hiddenSize]);
  for (const name of ['gainC', 'biasC']) b.parameter(name, [hiddenSize]);
  const normed = (value: Ref, weight: string, gain: string, name: string) =>
    b.mul(b.rowNorm(b.matmul(value, b.weight(weight))), b.weight(gain), name);
  const input = normed(x, 'W', 'gainW', 'a');
  const recurrent = normed(b.mul(h, dropped), 'U', 'gainU', 'r');
  const all = b.add(b.add(input, recurrent), b.weight('b'));
  const gate = (k: number) => b.columns(all, [k * hiddenSize, (k + 1) * hiddenSize]);
  const i = b.pointwise('sigmoid', [gate(0)], 'i');
  const f = b.pointwise('sigmoid', [gate(1)], 'f');
  const g = b.pointwise('tanh', [gate(2)], 'g');
  const o = b.pointwise('sigmoid', [gate(3)], 'o');
  const fresh = b.add(b.mul(f, old), b.mul(i, g), 'c̃');
  const c = b.add(fresh, b.mul(zoneout, b.pointwise('sub', [old, fresh])), 'c');
  const normedC = b.add(b.mul(b.rowNorm(c), b.weight('gainC')), b.weight('biasC'));
  const next = b.mul(o, b.pointwise('tanh', [normedC]), 'h');
  b.next('h', next);
  b.next('c', c);
  b.output('h', next);
  return b.finish();
}

/** Hard cell 4. SRU (Lei et al. 2018): no product with the state, so that all of them lie before the loop. */
export function sru(): Program {
  const b = programBuilder('sru');
  const x = b.step('x', hiddenSize);
  const old = b.state('c', hiddenSize);
  b.parameter('W', [hiddenSize, 3 * hiddenSize]);
  for (const name of ['vf', 'vr', 'bf', 'br']) b.parameter(name, [hiddenSize]);
  const product = b.matmul(x, b.weight('W'));
  const part = (k: number) => b.columns(product, [k * hiddenSize, (k + 1) * hiddenSize]);
  const gate = (k: number, v: string, bias: string, name: string) => {
    const sum = b.add(b.add(part(k), b.mul(b.weight(v), old)), b.weight(bias));
    return b.pointwise('sigmoid', [sum], name);
  };
  const mix = (weight: Ref, a: Ref, other: Ref, name: string) =>
    b.add(other, b.mul(weight, b.pointwise('sub', [a, other])), name);
  const f = gate(1, 'vf', 'bf', 'f');
  const c = mix(f, old, part(0), 'c');
  const r = gate(2, 'vr', 'br', 'r');
  const h = mix(r, c, x, 'h');
  b.next('c', c);
  b.output('h', h);
  return b.finish();
}

/**
 * Hard cell 5. A decoder with additive attention (Bahdanau et al. 2015) and input feeding (Luong et al. 2015): memories
 * with lengths of their own, and a context that comes back as a state.
 */
export function attentionDecoder(): Program {
  const b = programBuilder('attention-decoder');
  const keySize = 2;
  const memorySize = 3;
  const x = b.step('x', inputSize);
  const h = b.state('h', hiddenSize);
  const fed = b.state('context', memorySize);
  const memory = b.memory('memory', memorySize, 'encoder');
  const keys = b.memory('keys', keySize, 'encoder');
  b.parameter('W', [inputSize + memorySize + hiddenSize, hiddenSize]);
  b.parameter('b', [hiddenSize]);
  b.parameter('Q', [hiddenSize, keySize]);
  b.parameter('v', [keySize]);
  b.parameter('C', [memorySize + hiddenSize, hiddenSize]);
  const inner = b.affine([{ value: b.concat([x, fed, h]), weight: b.weight('W') }], b.weight('b'));
  const next = b.pointwise('tanh', [inner], 'h');
  const query = b.matmul(next, b.weight('Q'), 'query');
  const weights = b.rowSoftmax(b.score(query, keys, b.weight('v'), 'score'), 'attention');
  const context = b.memorySum(weights, memory, 'context');
  const y = b.pointwise('tanh', [b.matmul(b.concat([context, next]), b.weight('C'))], 'y');
  b.next('h', next);
  b.next('context', context);
  b.output('y', y);
  b.output('attention', weights);
  return b.finish();
}

/** The cells on which the program form was tried before it was frozen, and the usual ones. */
export const trialCells: Readonly<Record<string, () => Program>> = {
  'tanh RNN': tanhRnn,
  LSTM: lstm,
  'GRU, reset after': gruAfter,
  'GRU, reset before': gruBefore,
  'LSTM with peepholes and projection': peepholeProjectionLstm,
  'layer-norm LSTM with zoneout and variational dropout': layerNormLstm,
  SRU: sru,
  'additive attention decoder with input feeding': attentionDecoder,
};
