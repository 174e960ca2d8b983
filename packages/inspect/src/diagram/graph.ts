import { isNamed, operandsOf, type Program, type Value } from '@unroll/backend';
import { functionSymbol } from './symbol.ts';

/** What stands in the picture of a step. */
export interface Node {
  readonly id: string;
  /** A value that comes in or goes out, a fully connected layer, a function of one value, or an operation on several. */
  readonly kind: 'in' | 'out' | 'layer' | 'function' | 'operation';
  /** What it does: `σ`, `×`. */
  readonly text: string;
  /** The author's name of what it gives; of `in` and `out` the name of the value or state. */
  readonly name: string | undefined;
  /** Subscript of the name. */
  readonly time: 't' | 't−1' | '';
}

interface Edge {
  readonly from: string;
  readonly to: string;
  /** Whether it brings an old state or takes the new one away. */
  readonly isState: boolean;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

/**
 * A step as it is drawn: weights are not shown, an affine map and the activation that alone reads it are one layer, and
 * windows of columns are just lines.
 */
export function graphOf(program: Program): Graph {
  const { values, states } = program;
  const readers = readersOf(program);
  const nodes: Node[] = [];
  const edges: Edge[] = [];
  const nodeOf = new Map<number, string>();
  for (const [ref, value] of values.entries()) {
    if (value.kind === 'weight') continue;
    if (value.kind === 'columns') {
      const from = nodeOf.get(value.x);
      if (from !== undefined) nodeOf.set(ref, from);
      continue;
    }
    if (isActivated(values, ref, readers)) continue;
    const layer = value.kind === 'pointwise' ? activatedLayer(values, value, readers) : undefined;
    const id = `v${ref}`;
    nodeOf.set(ref, id);
    nodes.push(nodeFor(program, ref, id, layer !== undefined));
    for (const operand of operandsOf(layer ?? value)) connect(operand, id);
  }
  for (const { name, next } of states) {
    const id = `out ${name}`;
    nodes.push({ id, kind: 'out', text: '', name, time: 't' });
    connect(next, id, true);
  }
  return { nodes, edges };

  function connect(ref: number, to: string, isOut = false): void {
    const from = nodeOf.get(ref);
    if (from === undefined || edges.some((edge) => edge.from === from && edge.to === to)) return;
    edges.push({ from, to, isState: isOut || values[ref].kind === 'state' });
  }
}

function nodeFor(program: Program, ref: number, id: string, isLayer: boolean): Node {
  const value = program.values[ref];
  const state = program.states.find(({ input }) => input === ref);
  if (state) return { id, kind: 'in', text: '', name: state.name, time: 't−1' };
  if (value.kind === 'step') return { id, kind: 'in', text: '', name: value.name, time: 't' };
  if (value.kind === 'sequence' || value.kind === 'memory') {
    return { id, kind: 'in', text: '', name: value.name, time: '' };
  }
  const isNext = program.states.some(({ next }) => next === ref);
  const name = isNamed(value) && !isNext ? value.name : undefined;
  return {
    id,
    kind: isLayer ? 'layer' : kindOf(value),
    text: textOf(program, value),
    name,
    time: 't',
  };
}

function kindOf(value: Value): Node['kind'] {
  if (value.kind === 'affine') return 'layer';
  if (value.kind === 'pointwise' && value.args.length > 1) return 'operation';
  return 'function';
}

function textOf({ values }: Program, value: Value): string {
  switch (value.kind) {
    case 'affine':
      return 'linear';
    case 'rowNorm':
      return 'norm';
    case 'rowSoftmax':
      return 'softmax';
    case 'concat':
      return '[ , ]';
    case 'pointwise': {
      const { formula, args } = value;
      const weights = args.filter((ref) => values[ref].kind === 'weight').map((ref) => values[ref]);
      const names = weights.map((weight) => (weight.kind === 'weight' ? weight.parameter : ''));
      if (formula.name === 'sub' && args.length === 1) return '1 −';
      return [functionSymbol(formula.name), ...names].join(' ');
    }
    default:
      return value.kind;
  }
}

type Pointwise = Extract<Value, { kind: 'pointwise' }>;

/** The affine map of which a value is the activation. */
function activatedLayer(
  values: readonly Value[],
  { args, formula }: Pointwise,
  readers: readonly number[],
): Value | undefined {
  const [ref] = args;
  const affine = values[ref];
  const isAlone = args.length === 1 && formula.name !== 'sub' && readers[ref] === 1;
  return isAlone && affine.kind === 'affine' && !isNamed(affine) ? affine : undefined;
}

function isActivated(values: readonly Value[], ref: number, readers: readonly number[]): boolean {
  return values.some(
    (value) =>
      value.kind === 'pointwise' &&
      value.args[0] === ref &&
      activatedLayer(values, value, readers) === values[ref],
  );
}

/** How often each value is read, by values and as what is carried or shown. */
function readersOf({ values, states, outputs }: Program): number[] {
  const readers = new Array<number>(values.length).fill(0);
  for (const value of values) for (const ref of operandsOf(value)) readers[ref]++;
  for (const { next } of states) readers[next]++;
  for (const { value } of outputs) readers[value]++;
  return readers;
}
