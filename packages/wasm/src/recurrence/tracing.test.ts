import {
  allGradients,
  derivativeOf,
  type Program,
  programFlops,
  type Size,
  type Span,
  sumFlops,
} from '@unroll/backend';
import { expect, test } from 'vitest';
import { makeMachine } from '../machine/make-machine.ts';
import { attentive, gru, layerNormLstm, lstm } from '../testing/cells.ts';
import { runProgram } from '../testing/run-program.ts';
import { backendOn, type WasmBackend } from '../wasm.ts';

const backendWith = (threads: number) =>
  backendOn(makeMachine({ simd: 'relaxed', threads, shareFrom: 0 }));
const one = backendWith(1);
const lengths = [9, 7, 7, 4, 1];
const rows = 28;

/** Runs forward and backward with the trace on; spans, and the results. */
function traced(backend: WasmBackend, program: Program, reverse = false) {
  const spans: Span[] = [];
  backend.trace?.((span) => spans.push(span));
  const start = performance.now();
  const results = runProgram(backend, program, { lengths, reverse });
  const end = performance.now();
  backend.trace?.(undefined);
  return { spans, results, start, end };
}

function total(spans: readonly Span[], of: 'flops' | 'bytes', stage?: string): number {
  const some = spans.filter((span) => stage === undefined || span.stage === stage);
  return some.reduce((sum, span) => sum + span[of], 0);
}

for (const [name, cell] of Object.entries({ lstm, gru, layerNormLstm })) {
  for (const reverse of [false, true]) {
    test(`${name}${reverse ? ', backwards' : ''}: the stages have all operations of program and derivative`, () => {
      const program = cell(5, 21);
      const derivative = derivativeOf(program, allGradients(program));
      const { spans } = traced(one, program, reverse);
      expect(total(spans, 'flops')).toBe(rows * (programFlops(program) + programFlops(derivative)));
      const sums = derivative.sums.reduce((n, sum) => n + sumFlops(derivative, sum), 0);
      expect(total(spans, 'flops', 'weight gradients')).toBe(rows * sums);
    });
  }
}

test('reads of a memory count too, and the sums into it, with all entries that there is room for', () => {
  const program = attentive(5, 21);
  const derivative = derivativeOf(program, allGradients(program));
  // The longest memory of `runProgram` has 14 entries.
  const columns = (size: Size) => (typeof size === 'number' ? size : 16);
  const { spans } = traced(one, program);
  expect(total(spans, 'flops')).toBe(
    rows * (programFlops(program, columns) + programFlops(derivative, columns)),
  );
  const sums = derivative.sums.reduce((n, sum) => n + sumFlops(derivative, sum, columns), 0);
  expect(total(spans, 'flops', 'weight gradients')).toBe(rows * sums);
});

test('the products of an LSTM are where they belong', () => {
  const { spans } = traced(one, lstm(5, 21));
  const product = (m: number, n: number) => 2 * rows * m * n;
  expect(total(spans, 'flops', 'input product')).toBe(product(5, 84));
  expect(total(spans, 'flops', 'input gradient')).toBe(product(84, 5));
  // Forward, and back.
  expect(total(spans, 'flops', 'recurrent products')).toBe(2 * product(21, 84));
  const recurrent = spans.filter(({ stage }) => stage === 'recurrent products');
  expect(recurrent).toHaveLength(2 * lengths[0]);
  expect(total(spans, 'bytes', 'recurrent products')).toBe(2 * rows * 4 * (21 + 84));
  // At least the input and the output, in and out.
  expect(total(spans, 'bytes', 'copies')).toBeGreaterThan(8 * rows * (5 + 21));
});

test('spans follow each other, and take no more than the time that passed', () => {
  const { spans, start, end } = traced(one, lstm(5, 21));
  expect(spans[0].start).toBeGreaterThanOrEqual(start);
  expect(spans.at(-1)?.end).toBeLessThanOrEqual(end);
  for (const [i, span] of spans.entries()) {
    expect(span.end).toBeGreaterThanOrEqual(span.start);
    if (i > 0) expect(span.start).toBeGreaterThanOrEqual(spans[i - 1].end);
  }
});

test('the first run compiles, later ones do not', () => {
  const program = lstm(4, 6);
  const compiled = () => traced(one, program).spans.filter(({ stage }) => stage === 'compilation');
  expect(compiled()).toHaveLength(2);
  expect(compiled()).toHaveLength(0);
});

test('the same bits whether or not anyone is told, and nobody is told any more afterwards', () => {
  const program = gru(5, 21);
  const { spans, results } = traced(one, program);
  const count = spans.length;
  expect(runProgram(one, program, { lengths })).toEqual(results);
  expect(spans).toHaveLength(count);
});

test('on several threads it is the share of the thread that asked, and what it waited for', async () => {
  const several = backendWith(2);
  expect(await several.ready()).toBe(true);
  const program = lstm(5, 21);
  const alone = traced(one, program);
  const { spans, results } = traced(several, program);
  expect(results).toEqual(alone.results);
  expect(alone.spans.filter(({ stage }) => stage === 'synchronisation')).toHaveLength(0);
  expect(spans.filter(({ stage }) => stage === 'synchronisation').length).toBeGreaterThan(1);
  for (const stage of ['recurrent products', 'weight gradients']) {
    const share = total(spans, 'flops', stage) / total(alone.spans, 'flops', stage);
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.8);
  }
});
