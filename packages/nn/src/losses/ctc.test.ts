import { OptionError } from '@unroll/backend';
import { Sequence, type Tensor, zeros } from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { expect, test } from 'vitest';
import { type CtcLossOptions, ctcLoss } from './ctc.ts';

interface Case {
  options: CtcLossOptions;
  dtype: string;
  logits: Tensor;
  lengths: number[];
  labels: number[][];
  value: Tensor;
  /** The gradient is that of Σ value · weights. */
  weights: Tensor;
  gradient: Tensor;
}

const { cases } = fixture<{ cases: Case[] }>(import.meta.url, 'ctc');

test.each(cases.map((c, i) => ({ ...c, title: `${c.dtype}, ${c.options.reduction} (case ${i})` })))(
  'CTC matches PyTorch in value and gradient: $title',
  ({ options, logits, lengths, labels, value, weights, gradient }) => {
    logits.requiresGrad = true;
    const found = ctcLoss(Sequence.fromBatch(logits, lengths), labels, options);
    expectClose(found, value);
    found.backward({ gradient: weights });
    expectClose(logits.grad as Tensor, gradient);
  },
);

test('an option or a reduction that does not exist is refused', () => {
  const logits = Sequence.fromBatch(zeros([1, 2, 3]));
  const call = (options: object) => () => ctcLoss(logits, [[1]], options);
  expect(call({ ignoreIndex: 3 })).toThrow("no option 'ignoreIndex'");
  expect(call({ reduction: 'max' })).toThrow(OptionError);
});
