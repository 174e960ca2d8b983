import { OptionError, refuseUnknownOptions } from '@unroll/backend';
import { type Cell, Recurrent } from '@unroll/cells';
import { Module } from '@unroll/nn';
import { recurrentParts } from '../trace/trace.ts';
import { cellDiagram } from './cell-diagram.ts';
import { unrolledDiagram } from './unrolled-diagram.ts';

export interface DiagramOptions {
  /** How many steps to unroll; without it the cell itself is drawn. */
  readonly steps?: number;
  /** A text for each step's input, such as the letters of a word; then `steps` may be left out. Default x₁, x₂, … */
  readonly inputs?: readonly string[];
}

/**
 * A picture of a recurrent net as SVG, with title and description, legible on light and dark pages.
 *
 * Without `steps`: one step of its cell, every layer, gate and operation with its symbol, and the equations. It is drawn from the
 * traced program, so that a cell of your own has its picture too. With `steps`: the net unrolled over time, with its
 * layers, directions, merge mode and connections.
 *
 * @param net a cell, or a model with one recurrent part
 * @throws OptionError for steps that are no whole number from 1 to 40, for inputs that are not as many as the steps, and for
 * a model with several recurrent parts; UnsupportedError for one without
 * @example
 * const svg = diagram(new LSTM({ inputSize: 2, hiddenSize: 3, numLayers: 2, bidirectional: true }), { steps: 4 });
 * console.log(svg.startsWith('<svg')); // true
 */
export function diagram(net: Module | Cell, options: DiagramOptions = {}): string {
  refuseUnknownOptions('diagram', options, { steps: true, inputs: true });
  const { inputs, steps = inputs?.length } = options;
  const isModel = net instanceof Module;
  const part = isModel
    ? onlyPart(net)
    : new Recurrent({ cell: net, inputSize: 1000, hiddenSize: 8 });
  if (steps === undefined) return cellDiagram(part);
  checkSteps(steps, inputs);
  return unrolledDiagram(part, { steps, inputs });
}

function onlyPart(model: Module): Recurrent {
  const parts = recurrentParts('diagram', model);
  const [[, part]] = parts;
  if (parts.size === 1) return part;
  throw new OptionError(
    'diagram',
    `the model has ${parts.size} recurrent parts: ${[...parts.keys()].join(', ')}. Draw one of them: diagram(model.${[...parts.keys()][0]}).`,
  );
}

function checkSteps(steps: number, inputs: readonly string[] | undefined): void {
  if (inputs && inputs.length !== steps) {
    throw new OptionError(
      'diagram',
      `needs an input for each of ${steps} steps; got ${inputs.length}. Leave out steps, or inputs.`,
      { steps, inputs: inputs.length },
    );
  }
  if (Number.isInteger(steps) && steps >= 1 && steps <= 40) return;
  throw new OptionError('diagram', `steps must be a whole number from 1 to 40; got ${steps}`, {
    steps,
  });
}
