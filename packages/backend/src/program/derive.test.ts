import { describe, expect, test } from 'vitest';
import { attentionDecoder, gruBefore, layerNormLstm, lstm, sru } from '../testing/hard-cells.ts';
import { programBuilder } from './build.ts';
import { allGradients, derivativeOf, derive } from './derive.ts';
import type { Program } from './program.ts';
import type { WantedGradients } from './scan.ts';

const nothing: WantedGradients = {
  steps: [],
  states: [],
  sequences: [],
  memories: [],
  parameters: [],
};

const saved = (program: Program) =>
  program.values
    .filter(({ kind }) => kind === 'saved')
    .map(({ name }) => name)
    .sort();
const sums = (program: Program) => program.sums.map(({ into }) => program.values[into].name);

describe('only what is wanted is computed and saved', () => {
  test('an LSTM saves its gates, its states before the step, tanh(c) and its input', () => {
    const all = ['%h', 'c[t-1]', 'f', 'g', 'h[t-1]', 'i', 'o', 'x'];
    expect(saved(derive(lstm()))).toEqual(all);
  });

  test('a product or difference of values that are kept is computed again instead', () => {
    const derivative = derive(gruBefore());
    expect(saved(derivative)).toEqual(['h[t-1]', 'n', 'r', 'x', 'z']);
    const names = derivative.values.map(({ name }) => name);
    expect(names).toContain('s');
    expect(derivative.values[names.indexOf('s')].kind).toBe('pointwise');
  });

  test('for the gradient of the input alone neither input nor old h are saved, and nothing is summed', () => {
    const derivative = derive(lstm(), { ...nothing, steps: ['x'] });
    expect(saved(derivative)).toEqual(['%h', 'c[t-1]', 'f', 'g', 'i', 'o']);
    expect(derivative.sums).toEqual([]);
    expect(derivative.outputs.map(({ name }) => name)).toEqual(['d.x']);
  });

  test('weights alone need no gradient of the input', () => {
    const derivative = derive(lstm(), { ...nothing, parameters: ['U'] });
    expect(derivative.outputs).toEqual([]);
    expect(sums(derivative).sort()).toEqual([
      'U[:, 0:4]',
      'U[:, 12:16]',
      'U[:, 4:8]',
      'U[:, 8:12]',
    ]);
    expect(saved(derivative)).not.toContain('x');
  });

  test('a mask that wants no gradient costs no product with what it multiplies', () => {
    const wanted = { ...allGradients(layerNormLstm()), steps: ['x'], sequences: [] };
    const names = derive(layerNormLstm(), wanted).values.map(({ name }) => name);
    expect(names).not.toContain('d.zoneout');
    expect(names).not.toContain('d.dropout[t]');
  });

  test('with nothing wanted there is nothing to do', () => {
    const derivative = derive(lstm(), nothing);
    expect(derivative).toMatchObject({ values: [], states: [], outputs: [], sums: [] });
  });
});

test('a cotangent can be watched by the name of its value', () => {
  const derivative = derive(gruBefore(), nothing, ['n', 'h[t-1]']);
  expect(derivative.outputs.map(({ name }) => name).sort()).toEqual(['d.h[t-1]', 'd.n']);
});

test('memories, their keys and the vector of a score have sums of their own', () => {
  const kinds = derive(attentionDecoder()).sums.map(({ kind, into }) => [
    kind,
    derive(attentionDecoder()).values[into].name,
  ]);
  expect(kinds).toContainEqual(['outer', 'memory']);
  expect(kinds).toContainEqual(['additiveKeys', 'keys']);
  expect(kinds).toContainEqual(['additiveVector', 'v']);
});

test('a state that nothing reads sends nothing back to its start', () => {
  const b = programBuilder('counter');
  const x = b.step('x', 2);
  b.state('last', 2);
  b.next('last', x);
  b.output('y', x);
  const derivative = derive(b.finish());
  const { next } = derivative.states[0];
  expect(derivative.values[next]).toMatchObject({ kind: 'pointwise', args: [] });
});

test('gradients of columns that fill a value are put side by side, not added', () => {
  const kinds = derive(layerNormLstm()).values.map(({ kind }) => kind);
  expect(kinds).toContain('concat');
  expect(kinds).not.toContain('columnsGradient');
});

test('products that flow back to one value become one affine value', () => {
  const derivative = derive(sru());
  const dx = derivative.values.find(({ name }) => name === 'd.x');
  expect(dx?.kind).toBe('pointwise');
  const products = derivative.values.filter(({ kind }) => kind === 'affine');
  expect(products).toHaveLength(1);
});

test('a derivative is made once for a program and a question', () => {
  const program = lstm();
  const wanted = { ...nothing, steps: ['x'], parameters: ['U', 'W'] };
  const again = { ...nothing, steps: ['x'], parameters: ['W', 'U'] };
  expect(derivativeOf(program, wanted)).toBe(derivativeOf(program, again));
  expect(derivativeOf(program, wanted)).not.toBe(derivativeOf(program, nothing));
});
