import { reference } from '@unroll/backend';
import { afterEach, expect, test, vi } from 'vitest';
import { currentBackend, useBackend } from '../core/engine.ts';
import { add, tanh } from '../operations/arithmetic.ts';
import { matmul } from '../operations/matmul.ts';
import { traceProgram } from '../recurrence/trace.ts';
import { explain } from './explain.ts';
import { explainDevice } from './explain-device.ts';

const program = traceProgram(
  'elman',
  { steps: { x: 3 }, states: { h: 4 }, parameters: { W: [3, 4], U: [4, 4] } },
  ({ x, h }, { W, U }) => ({ h: tanh(add(matmul(x, W), matmul(h, U))) }),
  ['h'],
);

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The lines below a title, up to the next empty one. */
function below(text: string, title: string): string[] {
  const lines = text.split('\n');
  const from = lines.indexOf(title);
  expect(from).toBeGreaterThanOrEqual(0);
  const end = lines.indexOf('', from);
  return lines.slice(from + 1, end < 0 ? undefined : end).map((line) => line.trim());
}

test('a program is told as equations, derivative and stages', () => {
  const text = explain(program);
  expect(below(text, 'equations')).toContain('h = tanh(x·W + h[t-1]·U)');
  expect(below(text, 'derivative')).toContain('d.U += h[t-1]ᵀ·d.%h');
  const stages = below(text, 'stages on wasm');
  const [before, loop] = [/^before the loop/, /^in the loop/].map((title) =>
    stages.findIndex((line) => title.test(line)),
  );
  expect(stages[before + 1]).toBe('product    %h = x · W');
  expect(stages[loop + 1]).toBe('product    %h += h[t-1] · U');
});

test('a backend that arranges nothing runs the equations as they stand', () => {
  const before = useBackend(reference());
  try {
    expect(below(explain(program), 'stages on reference')).toEqual([
      'each equation for one step after the other, as they stand',
    ]);
  } finally {
    useBackend(before);
  }
});

test('the device is explained by facts with reasons, one line each', () => {
  const report = explainDevice();
  const { facts } = report;
  expect(facts.backend).toEqual({ value: 'wasm', why: 'the fastest that this engine can run' });
  expect(facts).toMatchObject(currentBackend().describe?.() ?? {});
  expect(Object.keys(facts)).toEqual(expect.arrayContaining(['simd', 'threads', 'memory']));
  const lines = String(report).split('\n');
  expect(lines).toHaveLength(Object.keys(facts).length);
  for (const [i, [name, { value, why }]] of Object.entries(facts).entries()) {
    expect(lines[i].startsWith(name)).toBe(true);
    expect(lines[i]).toContain(` ${value} `);
    expect(lines[i].endsWith(why)).toBe(true);
  }
});

test('a backend that somebody chose says so, and has no more to say than it knows', () => {
  const before = useBackend(reference());
  try {
    const { facts } = explainDevice();
    expect(facts.backend.value).toBe('reference');
    expect(facts.backend.why).toContain('useBackend()');
    expect(facts).not.toHaveProperty('simd');
  } finally {
    useBackend(before);
  }
});

test('an engine without WebAssembly computes on the reference, and the reason is that', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  vi.resetModules();
  const { explainDevice: anew } = await import('./explain-device.ts');
  const { backend } = anew().facts;
  expect(backend.value).toBe('reference');
  expect(backend.why).toContain('this engine has no WebAssembly SIMD');
});

test('the device is explained by what it does not have, too', () => {
  const absent = { attention: 'nobody wrote it' };
  const before = useBackend({ ...reference(), absent });
  try {
    const fact = { value: 'no kernel', why: 'nobody wrote it' };
    expect(explainDevice().facts.attention).toEqual(fact);
  } finally {
    useBackend(before);
  }
});
