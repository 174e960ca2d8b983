import { affine, defineCell } from '@unroll/cells';
import { init } from '@unroll/nn';
import {
  add,
  matmul,
  mul,
  rowNorm,
  type Symbolic,
  sigmoid,
  split,
  sub,
  tanh,
} from '@unroll/tensor';

/** Minimal gated unit (Zhou et al. 2016). */
export const minimalGatedUnit = defineCell({
  name: 'MGU',
  states: ['h'],
  gates: ['f', 'n'],
  step({ x, h: hOld }, { W, U, b }) {
    const f = sigmoid(affine([x, W.f], [hOld, U.f], b.f));
    const n = tanh(affine([x, W.n], [mul(f, hOld), U.n], b.n));
    return { f, n, h: add(mul(sub(1, f), hOld), mul(f, n)) };
  },
});

/**
 * LSTM with layer normalisation (Ba, Kiros & Hinton 2016, supplement): the two products and the cell state are each
 * normalised over their row, with gains and biases of their own.
 */
export const layerNormLstm = defineCell({
  name: 'LSTM with layer normalisation',
  states: ['h', 'c'],
  weights: ({ inputSize: m, hiddenSize: n }) => ({
    W: [m, 4 * n],
    U: [n, 4 * n],
    gainW: [4 * n],
    gainU: [4 * n],
    b: [4 * n],
    gainC: [n],
    biasC: [n],
  }),
  step({ x, h: hOld, c: cOld }, w) {
    const fromX = mul(rowNorm(matmul(x, w.W)), w.gainW);
    const fromH = mul(rowNorm(matmul(hOld, w.U)), w.gainU);
    const [i, f, g, o] = split(add(add(fromX, fromH), w.b), 4, { axis: -1 });
    const c = add(mul(sigmoid(f), cOld), mul(sigmoid(i), tanh(g)));
    const shown: Symbolic = add(mul(rowNorm(c), w.gainC), w.biasC);
    return { c, h: mul(sigmoid(o), tanh(shown)) };
  },
});

/** Gains start at 1; the forget gate is not favoured. */
export const layerNormStart = {
  gainW: init.constant(1),
  gainU: init.constant(1),
  gainC: init.constant(1),
};
