import { allGradients, derivativeOf, type Program, printProgram } from '@unroll/backend';
import { currentBackend } from '../core/engine.ts';

/**
 * A recurrence program in words: its equations, those of its derivative, and how the current backend runs both — what it
 * computes for all steps before the loop, in the loop, after it, and what it sums over the steps. A name with % is nobody's:
 * %i is computed on the way to i.
 *
 * @example
 * const inputs = { steps: { x: 3 }, states: { h: 4 }, parameters: { W: [3, 4], U: [4, 4] } };
 * const step: StepFunction = ({ x, h }, { W, U }) => ({ h: tanh(add(matmul(x, W), matmul(h, U))) });
 * console.log(explain(traceProgram('elman', inputs, step, ['h'])));
 */
export function explain(program: Program): string {
  const { name, explain: stages } = currentBackend();
  const lines = stages?.(program) ?? ['each equation for one step after the other, as they stand'];
  return [
    'equations',
    printProgram(program),
    'derivative',
    printProgram(derivativeOf(program, allGradients(program))),
    `stages on ${name}`,
    lines.join('\n'),
  ]
    .map((text, i) => (i % 2 === 0 ? text : `${indented(text)}\n`))
    .join('\n')
    .trimEnd();
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ');
}
