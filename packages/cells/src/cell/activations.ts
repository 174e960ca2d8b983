import { type Formula, OptionError, type Program, pointwiseEntry } from '@unroll/backend';
import { fuse, type Symbolic, traceProgram } from '@unroll/tensor';
import type { Cell, CellSizes } from './define-cell.ts';
import type { Training } from './mask.ts';
import { withRecipe } from './recipe.ts';

/** A pointwise function such as `relu` or `hardSigmoid`, or one of your own, made of such. */
export type Activation = (x: Symbolic) => Symbolic;

/** What stands in the place of which function, under Keras' names. */
export interface Activations {
  /** For tanh: of the candidate and of what is shown. */
  readonly activation?: Activation;
  /** For σ: of the gates. */
  readonly recurrentActivation?: Activation;
}

/** The functions of the equations that can be replaced. */
const replaced = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;

type Option = keyof typeof replaced;
type Formulas = Readonly<Record<string, Formula>>;

/**
 * A cell with other functions in its equations: wherever they say tanh or σ, read what is given. Works for every cell,
 * yours too, and what comes out is a cell like any other.
 *
 * The lectures suggest max(0, ·) for gates, because σ needs an exponential (Mattororang, "sigmoid is dear, replaced by
 * ReLU"); `describe` counts what that saves. A gate without an upper bound lets the memory grow.
 *
 * @throws OptionError for nothing to replace; when used, for a function that the equations have not
 * @example
 * const cheap = withActivations(lstm, { activation: relu, recurrentActivation: hardSigmoid });
 * const sizes = { inputSize: 8, hiddenSize: 16 };
 * console.log(describe(lstm, sizes).exponentials, describe(cheap, sizes).exponentials); // 80 0
 * const layer = new Recurrent({ cell: cheap, ...sizes });
 */
export function withActivations(cell: Cell, activations: Activations): Cell {
  const given = Object.entries(activations).filter(([, fn]) => fn !== undefined);
  needKnown(given.map(([option]) => option));
  const formulas = given.map(([option, fn]) => [option, formulaOf(fn)]);
  return replaceFunctions(cell, Object.fromEntries(formulas));
}

/** {@link withActivations} by formulas. */
export function replaceFunctions(cell: Cell, formulas: Formulas): Cell {
  needKnown(Object.keys(formulas));
  const chosen = new Map<string, Formula>(
    Object.entries(formulas).map(([option, formula]) => [replaced[option as Option], formula]),
  );
  const programs = new Map<Program, Program>();
  const named = [...chosen].map(([name, { name: other }]) => `${other} for ${name}`);
  const { training } = cell;
  const other: Cell = {
    ...cell,
    name: `${cell.name}, ${named.join(', ')}`,
    program: (sizes) => exchanged(cell.program(sizes)),
    ...(training && { training: (sizes: CellSizes) => inTraining(training(sizes)) }),
  };
  const options = namesOf(formulas);
  return options ? withRecipe(other, { make: 'withActivations', of: cell, options }) : other;

  function exchanged(original: Program): Program {
    const program = programs.get(original) ?? exchange(original, chosen);
    programs.set(original, program);
    return program;
  }

  function inTraining({ program, masks }: Training): Training {
    return { program: exchanged(program), masks };
  }
}

/** Names that can be looked up again; undefined when a formula is of one's own. */
function namesOf(formulas: Formulas): Record<string, string> | undefined {
  const entries = Object.entries(formulas);
  if (entries.some(([, formula]) => pointwiseEntry(formula.name)?.formula !== formula)) return;
  return Object.fromEntries(entries.map(([option, { name }]) => [option, name]));
}

/**
 * The formula of a name in a file.
 *
 * @throws OptionError for a name that the pointwise table has not, or a function of more than one value
 */
export function activationByName(option: string, name: unknown): Formula {
  const entry = typeof name === 'string' ? pointwiseEntry(name) : undefined;
  if (entry?.args.length === 1) return entry.formula;
  throw new OptionError(
    'withActivations',
    `${option} is ${JSON.stringify(name)}; there is no such function of one value`,
    { [option]: name },
  );
}

function needKnown(options: readonly string[]): void {
  const unknown = options.filter((name) => !Object.hasOwn(replaced, name));
  if (unknown.length === 0 && options.length > 0) return;
  throw new OptionError(
    'withActivations',
    `needs activation, recurrentActivation or both; got ${unknown.join(', ') || 'neither'}`,
    { unknown },
  );
}

/** One formula for a function: that of the table if it is a single operation, else its operations in one. */
function formulaOf(fn: Activation): Formula {
  const [own, ...more] = formulasOf(fn);
  return own && more.length === 0
    ? own
    : formulasOf(fuse(fn, { name: fn.name || 'activation' }))[0];
}

function formulasOf(fn: Activation): Formula[] {
  const inputs = { steps: { x: 1 }, states: {}, parameters: {} };
  const { values } = traceProgram('activation', inputs, ({ x }) => ({ y: fn(x) }), ['y']);
  return values.flatMap((value) => (value.kind === 'pointwise' ? [value.formula] : []));
}

function exchange(program: Program, chosen: ReadonlyMap<string, Formula>): Program {
  const missing = new Set(chosen.keys());
  const values = program.values.map((value) => {
    const formula = value.kind === 'pointwise' ? chosen.get(value.formula.name) : undefined;
    if (value.kind !== 'pointwise' || !formula) return value;
    missing.delete(value.formula.name);
    return { ...value, formula };
  });
  if (missing.size === 0) return { ...program, values };
  const [name] = missing;
  throw new OptionError('withActivations', `${program.name} has no ${name} to replace`, {
    missing: [...missing],
  });
}
