import domino from '@mixmark-io/domino';
import { AutogradError, OptionError } from '@unroll/backend';
import { Recurrent } from '@unroll/cells';
import { init } from '@unroll/nn';
import { manualSeed, mul, ones, randomStream, Sequence, slice, sum, tensor } from '@unroll/tensor';
import { describe, expect, test } from 'vitest';
import { watchGradients } from './gradient-flow.ts';
import { type RunReport, runReport } from './report.ts';

/** Rows of ones that a gradient reaches. */
function inputs(lengths: readonly number[]): Sequence {
  const parts = lengths.map((n) => ones([n, 2], { requiresGrad: true }));
  return Sequence.fromArrays(parts);
}

/** A ReLU net whose states pass as they are, but for a factor. */
function passing(factor: number): Recurrent {
  return new Recurrent({
    cell: 'rnn-relu',
    inputSize: 2,
    hiddenSize: 2,
    init: { W: init.scaledIdentity(), U: init.scaledIdentity(factor), b: init.zeros() },
  });
}

describe('gradients over time', () => {
  test.each([0.5, 1, 2])('of a net that multiplies by %s are its powers', async (factor) => {
    const x = inputs([6]);
    const { output } = passing(factor).forward(x);
    const watch = watchGradients({ x });
    sum(output.last()).backward();
    const [{ name, norms }] = await watch.read();
    expect(name).toBe('x');
    expect(norms).toHaveLength(6);
    for (const [t, norm] of norms.entries()) {
      expect(norm / (Math.SQRT2 * factor ** (5 - t))).toBeCloseTo(1, 5);
    }
  });

  test('of a ragged batch are means over the sequences that live at a step', async () => {
    const x = inputs([3, 1]);
    const weights = tensor([
      [3, 4],
      [0, 0],
      [6, 8],
      [1, 0],
    ]);
    const watch = watchGradients({ x });
    const rows = Sequence.fromArrays(
      [weights, weights].map((w, i) => (i === 0 ? first3(w) : last(w))),
    );
    sum(mul(x.rows, rows.rows)).backward();
    const [{ norms }] = await watch.read();
    expect(norms[0]).toBeCloseTo(Math.sqrt((25 + 1) / 2), 5);
    expect(norms[1]).toBe(0);
    expect(norms[2]).toBeCloseTo(10, 5);
  });

  test('of several layers come under their names, and the last pass counts', async () => {
    manualSeed(1);
    const [first, second] = [2, 3].map(
      (inputSize) => new Recurrent({ cell: 'lstm', inputSize, hiddenSize: 3 }),
    );
    const x = inputs([4, 2]);
    const middle = first.forward(x).output;
    const watch = watchGradients({ inputs: x, 'layer 0': middle });
    const loss = sum(second.forward(middle).output.last());
    loss.backward({ retainGraph: true });
    const before = await watch.read();
    mul(loss, 2).backward();
    const after = await watch.read();
    expect(after.map(({ name }) => name)).toEqual(['inputs', 'layer 0']);
    for (const [i, { norms }] of after.entries()) {
      for (const [t, norm] of norms.entries()) {
        expect(norm).toBeGreaterThan(0);
        expect(norm / before[i].norms[t]).toBeCloseTo(2, 4);
      }
    }
  });

  test('are refused where none flow or none have come', async () => {
    const still = Sequence.fromArrays([randomStream('x').normal([3, 2])]);
    expect(() => watchGradients({ x: still })).toThrow(AutogradError);
    expect(() => watchGradients({ x: still })).toThrow(
      'watchGradients: no gradient flows through x. Watch what a layer with weights has computed, or set rows.requiresGrad = true.',
    );
    expect(() => watchGradients({ x: 3 as never })).toThrow(OptionError);
    await expect(watchGradients({ x: inputs([2]) }).read()).rejects.toThrow(
      'no gradient has come by x. Call backward() of a loss that depends on it first.',
    );
  });
});

describe('the report of a run shows gradients over time', () => {
  const run: RunReport = {
    title: 'run',
    unit: 'nats',
    train: [{ step: 1, loss: 1 }],
    valid: [],
    metrics: {},
    config: {},
    environment: {},
  };
  const shown = (page: string, selector: string) =>
    Array.from(domino.createDocument(page).querySelectorAll(selector), (each) => each.textContent);

  test('as one line for each place, and says how far they fall', () => {
    const gradients = [
      { name: 'RNN <1>', norms: [1e-6, 1e-3, 1] },
      { name: 'LSTM', norms: [0.5, 0.9, 1] },
    ];
    const page = runReport({ ...run, gradients });
    expect(shown(page, '.gradients .legend span')).toEqual([
      'RNN <1>, first over last step 1.000e-6',
      'LSTM, first over last step 0.5',
    ]);
    expect(
      shown(page, '.gradients .wide path[stroke^="var"], .gradients .wide g[stroke^="var"] path'),
    ).toHaveLength(2);
    expect(page).toContain('RNN &lt;1&gt; from 1.000e-6 at the first step to 1 at the last');
    expect(page).not.toMatch(/<script|https?:/i);
  });

  test('without those that a logarithm cannot show, and not at all without any', () => {
    expect(shown(runReport(run), '.gradients')).toEqual([]);
    const zeros = [{ name: 'x', norms: [0, 0] }];
    expect(
      shown(runReport({ ...run, gradients: zeros }), '.gradients .wide .nothing'),
    ).toHaveLength(1);
    const some = [{ name: 'x', norms: [0, Number.NaN, 2] }];
    expect(shown(runReport({ ...run, gradients: some }), '.gradients .wide circle')).toHaveLength(
      1,
    );
  });
});

function first3(x: ReturnType<typeof tensor>) {
  return slice(x, { to: 3 });
}

function last(x: ReturnType<typeof tensor>) {
  return slice(x, { from: 3 });
}
