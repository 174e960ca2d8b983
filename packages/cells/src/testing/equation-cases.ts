import { grad, Sequence, scan, type Tensor, type Tensors } from '@unroll/tensor';
import {
  allGiven,
  expectNear,
  type FixtureCase,
  type Floating,
  leaf,
} from '@unroll/tensor/testing/fixture-case';
import type { Cell, CellSizes } from '../cell/define-cell.ts';
import { cellByName } from '../cells/names.ts';
import { type CellCase, lossOf } from './cell-case.ts';

interface Case extends CellCase {
  readonly options: CellSizes;
  readonly reverse: boolean;
}

/**
 * A cell against its paper's or slide's equations, which scripts/fixtures/equations.py computes in NumPy: outputs, final
 * states and the gradients of everything.
 *
 * @throws Error when the cell has no such file
 */
export async function equationCases(name: string): Promise<FixtureCase[]> {
  const file = await import(`../../fixtures/equations/${name}.json`, { with: { type: 'json' } });
  const { cases } = (file as { default: { cases: Case[] } }).default;
  return cases.map((each) => ({
    title: `${name} by its equations: ${each.name}`,
    dtype: 'float64',
    run: (dtype, tolerance) => check(cellByName(name), each, dtype, tolerance),
  }));
}

async function check(cell: Cell, each: Case, dtype: Floating, tolerance: number): Promise<void> {
  const digits = { ...each.inputs, ...each.parameters };
  const leaves = mapValues(digits, (x) => leaf(x, dtype));
  const found = run(cell, each, leaves);
  const made = grad(lossOf(found, allGiven(each.weights, dtype)), Object.values(leaves));
  const gradients = Object.fromEntries(Object.keys(leaves).map((key, i) => [key, made[i]]));
  await expectNear(found, allGiven(each.outputs, 'float64'), tolerance);
  await expectNear(gradients, allGiven(each.gradients, 'float64'), tolerance);
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

function mapValues<T>(from: Readonly<Record<string, T>>, fn: (x: T) => Tensor): Tensors {
  return Object.fromEntries(Object.entries(from).map(([key, x]) => [key, fn(x)]));
}
