import { copyValue, Draft, type DraftValue, proposeNames, withoutDead } from './draft.ts';
import { isSum } from './narrow.ts';
import type { Computation, Ref, Term, Window } from './program.ts';
import { isSource, operandsOf } from './rules.ts';

/**
 * One form for one meaning, whichever way the author wrote it: `W·[h, x] + b` is split into `h·W[0:n] + x·W[n:]+ b`, sums
 * of products become one affine value, and columns cut from products are products with fewer columns. Applied until
 * nothing changes; every rule takes a value away or moves a cut towards the inputs, so it ends.
 */
export function normalize(draft: Draft): Draft {
  let current = withoutDead(draft);
  for (;;) {
    const pass = new Pass(current);
    if (!pass.run()) return current;
    current = withoutDead(pass.to);
  }
}

type Of<K extends Computation['kind']> = Extract<Computation, { kind: K }>;

class Pass {
  readonly to: Draft;
  readonly #from: Draft;
  readonly #uses: number[];
  readonly #onlyCut: boolean[];
  readonly #refs: Ref[] = [];
  #changed = false;

  constructor(from: Draft) {
    this.#from = from;
    this.to = new Draft(from.name);
    this.to.parameters = from.parameters;
    this.#uses = from.uses();
    this.#onlyCut = onlyCut(from, this.#uses);
  }

  run(): boolean {
    this.#from.values.forEach((value, ref) => {
      const simple = this.#simpler(value);
      if (simple === undefined) {
        this.#refs[ref] = copyValue(this.to, value, (operand) => this.#refs[operand]);
        return;
      }
      this.#changed = true;
      this.#refs[ref] = simple;
      proposeNames(this.to.values[simple], value.name, value.hint);
    });
    this.to.adopt(this.#from, (ref) => this.#refs[ref]);
    return this.#changed;
  }

  #simpler(value: DraftValue): Ref | undefined {
    switch (value.kind) {
      case 'columns':
        return this.#cut(value);
      case 'affine':
        return this.#split(value);
      case 'pointwise':
        return this.#merge(value);
      case 'concat':
        return value.parts.length === 1 ? this.#refs[value.parts[0]] : undefined;
      default:
        return undefined;
    }
  }

  /** Moves a cut before what it cuts. */
  #cut({ x, window }: Of<'columns'>): Ref | undefined {
    const cut = this.#refs[x];
    const node = this.to.values[cut];
    if (window[0] === 0 && window[1] === node.size) return cut;
    if (node.kind === 'columns') return this.#columns(node.x, within(node.window, window));
    if (node.kind === 'concat') return this.#cutParts(node.parts, window);
    if (!this.#onlyCut[x]) return undefined;
    if (node.kind === 'affine') return this.to.emit(this.#narrowed(node, window));
    if (node.kind !== 'pointwise') return undefined;
    const args = node.args.map((arg) => {
      if (this.to.values[arg].size === 1) return arg;
      return this.to.values[arg].kind === 'weight'
        ? this.#window(arg, undefined, window)
        : this.#columns(arg, window);
    });
    return this.to.emit({ ...bare(node), args }, window[1] - window[0]);
  }

  #columns(x: Ref, window: Window): Ref {
    if (window[0] === 0 && window[1] === this.to.values[x].size) return x;
    return this.to.emit({ kind: 'columns', x, window });
  }

  #cutParts(parts: readonly Ref[], [from, to]: Window): Ref {
    const pieces: Ref[] = [];
    let start = 0;
    for (const part of parts) {
      const end = start + (this.to.values[part].size as number);
      const window = [Math.max(from, start) - start, Math.min(to, end) - start] as const;
      if (window[0] < window[1]) pieces.push(this.#columns(part, window));
      start = end;
    }
    return pieces.length === 1 ? pieces[0] : this.to.emit({ kind: 'concat', parts: pieces });
  }

  #narrowed(node: Of<'affine'>, window: Window): Of<'affine'> {
    const terms = node.terms.map(({ value, weight, transposed }) => ({
      value,
      weight: this.#window(
        weight,
        transposed ? window : undefined,
        transposed ? undefined : window,
      ),
      transposed,
    }));
    if (node.bias === undefined) return { kind: 'affine', terms };
    return { kind: 'affine', terms, bias: this.#window(node.bias, undefined, window) };
  }

  /** A window of a weight window. */
  #window(ref: Ref, rows: Window | undefined, columns: Window | undefined): Ref {
    const weight = this.to.values[ref];
    if (weight.kind !== 'weight') return ref;
    const wide = columns === undefined ? weight.columns : within(weight.columns, columns);
    const node = { kind: 'weight', parameter: weight.parameter } as const;
    const high = weight.rows && (rows === undefined ? weight.rows : within(weight.rows, rows));
    const window = high === undefined ? { columns: wide } : { rows: high, columns: wide };
    return this.to.source({ ...node, ...window }, wide[1] - wide[0]);
  }

  /** Splits products with a concat by the rows of their matrix, and brings the terms into the order of their values. */
  #split(node: Of<'affine'>): Ref | undefined {
    const mapped = node.terms.map((term) => ({
      value: this.#refs[term.value],
      weight: this.#refs[term.weight],
      transposed: term.transposed,
    }));
    const terms = mapped.flatMap((term) => this.#splitTerm(term));
    terms.sort((a, b) => a.value - b.value || a.weight - b.weight);
    if (JSON.stringify(terms) === JSON.stringify(mapped)) return undefined;
    const bias = node.bias === undefined ? {} : { bias: this.#refs[node.bias] };
    return this.to.emit({ kind: 'affine', terms, ...bias });
  }

  #splitTerm(term: Term): Term[] {
    const value = this.to.values[term.value];
    if (value.kind !== 'concat') return [term];
    let from = 0;
    return value.parts.map((part) => {
      const window = [from, from + (this.to.values[part].size as number)] as const;
      from = window[1];
      const weight = term.transposed
        ? this.#window(term.weight, undefined, window)
        : this.#window(term.weight, window, undefined);
      return { value: part, weight, transposed: term.transposed };
    });
  }

  /** affine + affine and affine + vector are affine, when nothing else reads the parts. */
  #merge(node: Of<'pointwise'>): Ref | undefined {
    if (!isSum(node.formula)) return undefined;
    const pieces = this.#sideBySide(node);
    if (pieces !== undefined) return this.to.emit({ kind: 'concat', parts: pieces });
    if (node.args.length !== 2 || node.args[0] === node.args[1]) return undefined;
    const sides = node.args.map((arg) => this.to.values[this.#refs[arg]]);
    const [a, b] = sides;
    const single = node.args.map((arg) => this.#uses[arg] === 1);
    if (a.kind === 'affine' && b.kind === 'affine') {
      return single[0] && single[1] ? this.#mergeAffine(a, b, node.formula) : undefined;
    }
    const side = sides.findIndex((other) => other.kind === 'affine');
    const sum = sides[side];
    const vector = sides[1 - side];
    if (sum?.kind !== 'affine' || !single[side] || sum.bias !== undefined) return undefined;
    if (vector.kind !== 'weight' || vector.size !== sum.size) return undefined;
    return this.to.emit({ ...bare(sum), bias: this.#refs[node.args[1 - side]] });
  }

  /** The parts of a sum of values that are put at windows which fill the whole, each once: it is a concat of them. */
  #sideBySide(node: Of<'pointwise'>): Ref[] | undefined {
    const placed = node.args.flatMap((arg) => {
      const value = this.to.values[this.#refs[arg]];
      return value.kind === 'columnsGradient' ? [value] : [];
    });
    if (placed.length < node.args.length) return undefined;
    placed.sort((a, b) => a.window[0] - b.window[0]);
    const ends = [0, ...placed.map(({ window }) => window[1])];
    const fills = placed.every(({ window }, i) => window[0] === ends[i]);
    if (!fills || ends[placed.length] !== placed[0]?.size) return undefined;
    return placed.map(({ gradient }) => gradient);
  }

  #mergeAffine(a: Of<'affine'>, b: Of<'affine'>, formula: Of<'pointwise'>['formula']): Ref {
    const bias = a.bias ?? b.bias;
    const terms = [...a.terms, ...b.terms];
    const sum = this.to.emit({ kind: 'affine', terms, ...(bias === undefined ? {} : { bias }) });
    if (a.bias === undefined || b.bias === undefined) return sum;
    return this.to.emit({ kind: 'pointwise', formula, args: [sum, b.bias] });
  }
}

/** The computation without what a draft adds to it. */
function bare<N extends Computation>(node: N): N {
  const { name, hint, size, ...rest } = node as N & Partial<DraftValue>;
  return rest as unknown as N;
}

function within([from]: Window, inner: Window): Window {
  return [from + inner[0], from + inner[1]];
}

/** Which values are read by cuts alone. */
function onlyCut(draft: Draft, uses: readonly number[]): boolean[] {
  const cuts = new Array<number>(draft.values.length).fill(0);
  draft.values.forEach((value, ref) => {
    if (value.kind === 'columns') for (const x of operandsOf(draft.look(ref))) cuts[x]++;
  });
  return draft.values.map((value, ref) => !isSource(value) && cuts[ref] === uses[ref]);
}
