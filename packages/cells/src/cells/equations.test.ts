import { existsSync } from 'node:fs';
import { type DType, reference } from '@unroll/backend';
import { tolerances } from '@unroll/backend/testing';
import {
  addAll,
  cast,
  grad,
  mul,
  Sequence,
  scan,
  sum,
  type Tensor,
  type Tensors,
  tensor,
  useBackend,
} from '@unroll/tensor';
import { expectClose, fixture } from '@unroll/tensor/testing';
import { describe, expect, test } from 'vitest';
import type { Cell, CellSizes } from '../cell/define-cell.ts';
import { cells } from './names.ts';

// Every cell against its paper's or slide's equations, which scripts/fixtures/equations.py computes in NumPy: outputs, final
// states and the gradients of everything.

interface Case {
  readonly name: string;
  readonly options: CellSizes;
  readonly lengths: number[];
  readonly reverse: boolean;
  readonly parameters: Tensors;
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  readonly weights: Tensors;
  readonly gradients: Tensors;
}

const names = Object.keys(cells) as (keyof typeof cells)[];
const ways = [
  ['in float64, on the reference', 'float64', undefined],
  ['in float32, on the reference', 'float32', reference()],
  ['in float32, compiled', 'float32', undefined],
] as const;
const here = (name: string, url: string) =>
  existsSync(new URL(url.replace('*', name), import.meta.url));
const fixed = names.filter((name) => here(name, '../../fixtures/equations/*.json'));

test('every cell has a fixture, or says in a test of its own what it gives', () => {
  expect(names.filter((name) => !fixed.includes(name) && !here(name, './*.test.ts'))).toEqual([]);
});

describe.each(fixed)('%s', (name) => {
  const { cases } = fixture<{ cases: Case[] }>(import.meta.url, `equations/${name}`);

  test.each(cases.flatMap((each) => ways.map((way) => [each.name, ...way, each] as const)))(
    'equals its equations, %s, %s',
    (_, __, dtype, backend, each) => {
      const before = backend && useBackend(backend);
      try {
        check(cells[name], each, dtype);
      } finally {
        if (before) useBackend(before);
      }
    },
  );
});

function check(cell: Cell, each: Case, dtype: 'float32' | 'float64'): void {
  const leaves = mapValues({ ...each.inputs, ...each.parameters }, (x) => leaf(x, dtype));
  const found = run(cell, each, leaves);
  const tolerance = tolerances.fixture[dtype];
  const close = (x: Tensor, y: Tensor) => expectClose(cast(x, 'float64'), y, tolerance);
  for (const [key, value] of Object.entries(each.outputs)) close(found[key], value);
  const loss = addAll(
    Object.entries(found).map(([key, value]) =>
      sum(
        mul(
          value,
          leaf(each.weights[`d${key === 'output' ? 'Output' : key.toUpperCase()}`], dtype),
        ),
      ),
    ),
  );
  const gradients = grad(loss, Object.values(leaves));
  expect(Object.keys(leaves).sort()).toEqual(Object.keys(each.gradients).sort());
  for (const [i, key] of Object.keys(leaves).entries()) close(gradients[i], each.gradients[key]);
}

/** The output as a batch, and the final states in the user's order. */
function run(cell: Cell, { options, lengths, reverse }: Case, leaves: Tensors): Tensors {
  const sequence = Sequence.fromBatch(leaves.x, lengths);
  const { outputs, finalStates } = scan({
    program: cell.program(options),
    schedule: sequence.schedule(reverse),
    steps: { x: sequence.rows },
    states: Object.fromEntries(
      cell.states.map((state) => [state, sequence.fromUserOrder(leaves[`${state}0`])]),
    ),
    parameters: Object.fromEntries(
      Object.keys(cell.shapes(options)).map((weight) => [weight, leaves[weight]]),
    ),
  });
  return {
    output: sequence.withRows(outputs[cell.states[0]]).toBatch(),
    ...mapValues(finalStates, (state) => sequence.toUserOrder(state)),
  };
}

/** A copy on the backend that is chosen now. */
function leaf(x: Tensor, dtype: DType): Tensor {
  return tensor(x.dataSync(), { shape: x.shape, dtype, requiresGrad: true });
}

function mapValues(from: Tensors, fn: (x: Tensor) => Tensor): Tensors {
  return Object.fromEntries(Object.entries(from).map(([key, x]) => [key, fn(x)]));
}
