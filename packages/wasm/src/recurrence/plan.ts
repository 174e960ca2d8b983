import { isSource, operandsOf, type Program, type Ref, sumOperands } from '@unroll/backend';
import { type Layout, layOut } from './layout.ts';
import { type Phase, phasesOf } from './phases.ts';
import { type ProductPlan, productsOf, type SumPlan, sumsOf } from './products.ts';

/** What runs for the rows of one step, or for all rows at once. */
export type Instruction =
  /** The columns of affine values become their bias, or 0. */
  | { readonly kind: 'fill'; readonly value: Ref }
  | { readonly kind: 'product'; readonly product: ProductPlan; readonly accumulate: boolean }
  /** Pointwise values of one size, in one loop over the elements. */
  | { readonly kind: 'stage'; readonly values: readonly Ref[] }
  /** Any other computation over rows. */
  | { readonly kind: 'rows'; readonly value: Ref };

/** A program as a compiler has arranged it. */
export interface Plan {
  readonly program: Program;
  readonly phases: readonly Phase[];
  readonly layout: Layout;
  /** Computed values, and states before their step, that have a row for every row of every step. */
  readonly everyRow: ReadonlySet<Ref>;
  readonly before: readonly Instruction[];
  readonly loop: readonly Instruction[];
  readonly after: readonly Instruction[];
  readonly sums: readonly SumPlan[];
}

/**
 * Arranges a program: what does not depend on the state before the loop, what the state does not depend on after it,
 * products with the same operand as one, pointwise values in as few loops over elements as can be.
 *
 * @param kept values that the caller wants for all rows
 */
export function planOf(program: Program, kept: ReadonlySet<Ref>): Plan {
  const phases = phasesOf(program);
  const read = new Set(program.sums.flatMap((sum) => sumOperands(sum).slice(1)));
  const wanted = new Set([...kept, ...read, ...acrossPhases(program, phases)]);
  const stored = storedValues(program, phases, wanted);
  for (;;) {
    // What is computed before or after the loop is computed for all rows at once.
    const outside = [...stored].filter((ref) => phases[ref] !== 'loop');
    const layout = layOut(program, stored);
    const plan = arrange(program, phases, layout, new Set([...wanted, ...outside]));
    const missing = readAcrossStages(plan).filter((ref) => !stored.has(ref));
    if (missing.length === 0) return plan;
    for (const ref of missing) stored.add(ref);
  }
}

/** Values that are read in another phase than their own. */
function acrossPhases(program: Program, phases: readonly Phase[]): Ref[] {
  return program.values.flatMap((value, reader) =>
    operandsOf(value).filter((ref) => phases[ref] !== 'outside' && phases[ref] !== phases[reader]),
  );
}

/** Computed values that need memory: what products and row kernels give or read, what is carried or kept. */
function storedValues(
  program: Program,
  phases: readonly Phase[],
  wanted: ReadonlySet<Ref>,
): Set<Ref> {
  const stored = new Set<Ref>(program.states.map((state) => state.next));
  for (const ref of wanted) stored.add(ref);
  for (const [ref, value] of program.values.entries()) {
    if (isSource(value)) continue;
    if (value.kind !== 'pointwise') {
      stored.add(ref);
      for (const operand of operandsOf(value)) stored.add(operand);
    }
    for (const operand of operandsOf(value)) {
      const sameLoop = phases[operand] === phases[ref];
      if (!sameLoop || program.values[operand].size !== value.size) stored.add(operand);
    }
  }
  return new Set([...stored].filter((ref) => phases[ref] !== 'outside'));
}

function arrange(
  program: Program,
  phases: readonly Phase[],
  layout: Layout,
  wanted: ReadonlySet<Ref>,
): Plan {
  const { values } = program;
  const hoisted = (result: Ref, operand: Ref) =>
    phases[result] === 'loop' &&
    (phases[operand] === 'before' || ['step', 'saved'].includes(values[operand].kind));
  const terms = values.flatMap((value, result) =>
    value.kind === 'affine' ? value.terms.map((term) => ({ ...term, result })) : [],
  );
  const inPhase = (phase: Phase) =>
    productsOf(
      program,
      layout,
      terms.filter((term) =>
        hoisted(term.result, term.value) ? phase === 'before' : phases[term.result] === phase,
      ),
    );
  const everyRow = new Set(wanted);
  for (const term of terms) if (hoisted(term.result, term.value)) everyRow.add(term.result);
  for (const { values: side } of layout.buffers) {
    if (side.some((ref) => everyRow.has(ref))) for (const ref of side) everyRow.add(ref);
  }
  const started = new Set<Ref>();
  const done = new Set(values.flatMap((value, ref) => (isSource(value) ? [ref] : [])));
  const products = { before: inPhase('before'), loop: inPhase('loop'), after: inPhase('after') };
  const run = (phase: 'before' | 'loop' | 'after') =>
    order({ program, phases, products, phase, everyRow, started, done });
  const [before, loop, after] = [run('before'), run('loop'), run('after')];
  return { program, phases, layout, everyRow, before, loop, after, sums: sumsOf(program, layout) };
}

interface Ordering {
  readonly program: Program;
  readonly phases: readonly Phase[];
  readonly products: Readonly<Record<'before' | 'loop' | 'after', readonly ProductPlan[]>>;
  readonly phase: 'before' | 'loop' | 'after';
  readonly everyRow: ReadonlySet<Ref>;
  /** Affine values that hold their bias or a first product. */
  readonly started: Set<Ref>;
  readonly done: Set<Ref>;
}

/** The instructions of one phase, each after what it reads. */
function order(context: Ordering): Instruction[] {
  const { program, phases, products, phase, everyRow, started, done } = context;
  const { values } = program;
  const out: Instruction[] = [];
  const open = new Set(products[phase]);
  const later = phase === 'before' ? new Set(products.loop) : new Set<ProductPlan>();
  const mine = new Set(values.flatMap((_, ref) => (phases[ref] === phase ? [ref] : [])));
  const begin = (ref: Ref) => {
    out.push({ kind: 'fill', value: ref });
    started.add(ref);
  };
  const affine = (ref: Ref) => {
    const value = values[ref];
    return value.kind === 'affine' ? value : undefined;
  };
  for (const [ref, value] of values.entries()) {
    if (value.kind !== 'affine' || started.has(ref) || value.bias === undefined) continue;
    const early = phase === 'before' && phases[ref] === 'loop' && everyRow.has(ref);
    if (mine.has(ref) ? phase !== 'loop' || !everyRow.has(ref) : early) begin(ref);
  }
  for (;;) {
    const before = out.length + done.size;
    for (const product of open) {
      if (!product.operands.every((ref) => done.has(ref))) continue;
      open.delete(product);
      const accumulate = product.results.some((ref) => started.has(ref));
      if (accumulate) for (const ref of product.results) if (!started.has(ref)) begin(ref);
      for (const ref of product.results) started.add(ref);
      out.push({ kind: 'product', product, accumulate });
    }
    for (const ref of mine) {
      if (!affine(ref) || done.has(ref)) continue;
      const waits = [...open, ...later].some((product) => product.results.includes(ref));
      if (!waits) done.add(ref);
    }
    const stage = nextStage(program, mine, done);
    if (stage.length > 0) {
      out.push({ kind: 'stage', values: stage });
      for (const ref of stage) done.add(ref);
    }
    for (const ref of mine) {
      const { kind } = values[ref];
      if (done.has(ref) || kind === 'pointwise' || kind === 'affine') continue;
      if (!operandsOf(values[ref]).every((x) => done.has(x))) continue;
      out.push({ kind: 'rows', value: ref });
      done.add(ref);
    }
    if (out.length + done.size === before) return out;
  }
}

/** Pointwise values of one size that can be computed now, one after the other. */
function nextStage(program: Program, mine: ReadonlySet<Ref>, done: ReadonlySet<Ref>): Ref[] {
  const stage: Ref[] = [];
  const ready = (ref: Ref) => done.has(ref) || stage.includes(ref);
  for (const ref of mine) {
    const value = program.values[ref];
    if (value.kind !== 'pointwise' || done.has(ref)) continue;
    const sameSize = stage.length === 0 || program.values[stage[0]].size === value.size;
    const wide = value.args.every(
      (x) => !stage.includes(x) || program.values[x].size === value.size,
    );
    if (sameSize && wide && value.args.every(ready)) stage.push(ref);
  }
  return stage;
}

/** Pointwise values that something outside of their own stage reads. */
function readAcrossStages({ program, before, loop, after }: Plan): Ref[] {
  const stageOf = new Map<Ref, Instruction>();
  for (const instruction of [...before, ...loop, ...after]) {
    if (instruction.kind === 'stage') {
      for (const ref of instruction.values) stageOf.set(ref, instruction);
    }
  }
  return program.values.flatMap((value, reader) =>
    operandsOf(value).filter((ref) => {
      const stage = stageOf.get(ref);
      return stage !== undefined && stage !== stageOf.get(reader);
    }),
  );
}
