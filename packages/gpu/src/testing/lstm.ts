import { type Program, programBuilder } from '@unroll/backend';

/** An LSTM as a recurrence program: gates i f g o side by side in W, U and b. */
export function lstm(inputSize: number, hiddenSize: number): Program {
  const b = programBuilder('lstm');
  const x = b.step('x', inputSize);
  const h = b.state('h', hiddenSize);
  const old = b.state('c', hiddenSize);
  b.parameter('W', [inputSize, 4 * hiddenSize]);
  b.parameter('U', [hiddenSize, 4 * hiddenSize]);
  b.parameter('b', [4 * hiddenSize]);
  const gate = (k: number) => {
    const columns = [k * hiddenSize, (k + 1) * hiddenSize] as const;
    const products = [
      { value: x, weight: b.weight('W', { columns }) },
      { value: h, weight: b.weight('U', { columns }) },
    ];
    return b.affine(products, b.weight('b', { columns }));
  };
  const [i, f] = [gate(0), gate(1)].map((z) => b.pointwise('sigmoid', [z]));
  const g = b.pointwise('tanh', [gate(2)]);
  const o = b.pointwise('sigmoid', [gate(3)]);
  const c = b.add(b.mul(f, old), b.mul(i, g), 'c');
  const next = b.mul(o, b.pointwise('tanh', [c]), 'h');
  b.next('h', next);
  b.next('c', c);
  b.output('h', next);
  return b.finish();
}
