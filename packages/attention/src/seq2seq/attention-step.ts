import {
  expression,
  type Formula,
  inline,
  type Program,
  type ProgramBuilder,
  programBuilder,
  type Ref,
  type Shape,
  toFormula,
} from '@unroll/backend';
import type { Cell, CellSizes } from '@unroll/cells';

/**
 * How well a decoder's state h and an entry m of the memory go together: `dot` h·m, `scaled-dot` h·m/√n, `general` h·W_a·m
 * (Luong et al. 2015, eq. 8; the scaled one Vaswani et al. 2017), `additive` v·tanh(h·W_q + m·W_k) (Bahdanau et al. 2015,
 * appendix A.1.2; Luong's `concat` is the same with W_q above W_k).
 */
export type AttentionScore = 'dot' | 'scaled-dot' | 'general' | 'additive';

/** What a step of a decoder with attention is built for. */
export interface AttentionStep {
  readonly cell: Cell;
  /** Of the cell, its inputSize that of x alone. */
  readonly sizes: CellSizes;
  /** Features of an entry of the memory. */
  readonly memorySize: number;
  readonly score: AttentionScore;
  /** Features of what is put out. */
  readonly attentionSize: number;
  /** Whether what was put out is read beside the next x. */
  readonly inputFeeding: boolean;
}

/** What the cell reads: x, and with input feeding what was put out before. */
export function cellSizesOf({ sizes, inputFeeding, attentionSize }: AttentionStep): CellSizes {
  return { ...sizes, inputSize: sizes.inputSize + (inputFeeding ? attentionSize : 0) };
}

/** Features of h, the cell's first state. */
function hiddenOf(step: AttentionStep): number {
  return step.cell.stateSizes(cellSizesOf(step))[step.cell.states[0]];
}

/** Shapes of the weights beside those of the cell. */
export function attentionShapes(step: AttentionStep): Record<string, Shape> {
  const { memorySize, attentionSize, score, sizes } = step;
  const hidden = hiddenOf(step);
  const asked: Record<AttentionScore, Record<string, Shape>> = {
    dot: {},
    'scaled-dot': {},
    general: { Wa: [hidden, memorySize] },
    additive: { Wq: [hidden, sizes.hiddenSize], v: [sizes.hiddenSize] },
  };
  return { ...asked[score], Wc: [memorySize + hidden, attentionSize] };
}

/** The equations of `AttentionDecoder` as a recurrence program. */
export function attentionProgram(step: AttentionStep): Program {
  const { cell, sizes, memorySize, attentionSize, inputFeeding } = step;
  const b = programBuilder(`${cell.name} with attention`);
  const x = b.step('x', sizes.inputSize);
  const fed = inputFeeding ? b.state('a', attentionSize) : undefined;
  const input = fed === undefined ? x : b.concat([x, fed]);
  const stands = inline(b, cell.program(cellSizesOf(step)), { x: input });
  const h = stands(cell.states[0]);
  const memory = b.memory('memory', memorySize, 'source');
  for (const [name, shape] of Object.entries(attentionShapes(step))) b.parameter(name, shape);
  const attention = b.rowSoftmax(scoreOf(b, step, h, memory), 'attention');
  const context = b.memorySum(attention, memory, 'context');
  const a = b.pointwise('tanh', [b.matmul(b.concat([context, h]), b.weight('Wc'))], 'attended');
  if (inputFeeding) b.next('a', a);
  b.output('attended', a);
  b.output('attention', attention);
  return b.finish();
}

function scoreOf(
  b: ProgramBuilder,
  { score, sizes, memorySize }: AttentionStep,
  h: Ref,
  memory: Ref,
): Ref {
  switch (score) {
    case 'dot':
      return b.score(h, memory);
    case 'scaled-dot':
      return b.score(b.pointwise(times(1 / Math.sqrt(memorySize)), [h]), memory);
    case 'general':
      return b.score(b.matmul(h, b.weight('Wa')), memory);
    case 'additive': {
      const keys = b.memory('keys', sizes.hiddenSize, 'source');
      return b.score(b.matmul(h, b.weight('Wq')), keys, b.weight('v'));
    }
  }
}

function times(factor: number): Formula {
  return toFormula('mul', 1, [expression.multiply(expression.arg(0), expression.constant(factor))]);
}
