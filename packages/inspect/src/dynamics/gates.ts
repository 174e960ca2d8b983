import { evaluateFormula, isNamed, type Program, type Value } from '@unroll/backend';

/** Functions whose results lie between 0 and 1, and are read as how far something is open. */
const gating = ['sigmoid', 'hardSigmoid'];

/**
 * The gates of a program by name: results of σ or its hard form, and what is 1 minus a gate, such as the input gate of
 * minLSTM.
 */
export function gatesOf(program: Program): string[] {
  const gates = new Set<number>();
  for (const [ref, value] of program.values.entries()) {
    if (isGate(value) || isComplement(value, gates)) gates.add(ref);
  }
  return [...gates].map((ref) => program.values[ref]).flatMap((v) => (isNamed(v) ? [v.name] : []));
}

function isGate(value: Value): boolean {
  return value.kind === 'pointwise' && gating.includes(value.formula.name);
}

function isComplement(value: Value, gates: ReadonlySet<number>): boolean {
  if (value.kind !== 'pointwise' || value.formula.name !== 'sub') return false;
  if (value.args.length !== 1 || !gates.has(value.args[0])) return false;
  const ends = new Float64Array(2);
  evaluateFormula(value.formula, [Float64Array.of(0, 1)], [ends], 2);
  return ends[0] === 1 && ends[1] === 0;
}
