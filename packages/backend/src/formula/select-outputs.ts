import { arg } from './expression.ts';
import type { Formula } from './formula.ts';
import { expand, toFormula } from './to-formula.ts';

const made = new WeakMap<Formula, Map<string, Formula>>();

/**
 * A formula with some of its outputs only, and none of the steps that just the others need. The same choice gives the
 * same object, so that caches by identity work.
 */
export function selectOutputs(formula: Formula, which: readonly number[]): Formula {
  if (which.length === formula.outputs.length && which.every((output, i) => output === i))
    return formula;
  const choices = made.get(formula) ?? new Map<string, Formula>();
  made.set(formula, choices);
  const key = which.join();
  const chosen = choices.get(key) ?? cut(formula, which);
  choices.set(key, chosen);
  return chosen;
}

function cut(formula: Formula, which: readonly number[]): Formula {
  const registers = expand(
    formula,
    Array.from({ length: formula.arity }, (_, i) => arg(i)),
  );
  const outputs = which.map((output) => registers[formula.outputs[output]]);
  return toFormula(formula.name, formula.arity, outputs);
}
