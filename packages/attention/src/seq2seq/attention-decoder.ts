import {
  type DType,
  OptionError,
  type Program,
  refuseUnknownOptions,
  ShapeError,
} from '@unroll/backend';
import { type Cell, type CellName, cellByName, cellWeights } from '@unroll/cells';
import { init, Linear, Module } from '@unroll/nn';
import {
  type Parameter,
  parameter,
  randomStream,
  type Sequence,
  scan,
  type Tensor,
  type Tensors,
  zeros,
} from '@unroll/tensor';
import { lengthsIn, lengthsTensor } from '../multi-head/lengths.ts';
import { needRows } from '../rows.ts';
import {
  type AttentionScore,
  type AttentionStep,
  attentionProgram,
  attentionShapes,
  cellSizesOf,
} from './attention-step.ts';

export interface AttentionDecoderOptions {
  /** Features of an input row. */
  inputSize: number;
  /** Units of the cell. */
  hiddenSize: number;
  /** Features of an entry of the memory: the encoder's output. */
  memorySize: number;
  /** What `defineCell` made, or the name of a built-in; default gru. */
  cell?: Cell | CellName;
  /** How state and entry are compared; default additive. */
  score?: AttentionScore;
  /** Features of an output row; default hiddenSize. */
  attentionSize?: number;
  /** Whether the output of a step is read at the next one (Luong et al. 2015, section 3.3); default true. */
  inputFeeding?: boolean;
  /** Whether affine maps have a bias; default true. */
  bias?: boolean;
  /** Default float32. */
  dtype?: DType;
  /** Beginning of the names of its parts' random streams; default: `AttentionDecoder` with a number. */
  name?: string;
}

const known: Record<keyof AttentionDecoderOptions, true> = {
  inputSize: true,
  hiddenSize: true,
  memorySize: true,
  cell: true,
  score: true,
  attentionSize: true,
  inputFeeding: true,
  bias: true,
  dtype: true,
  name: true,
};

const scores: readonly AttentionScore[] = ['dot', 'scaled-dot', 'general', 'additive'];

/** What a decoder looks at: `[batch, source, …]`, and `[batch]` where lengths differ. */
export type DecoderMemory = {
  readonly memory: Tensor;
  /** What an additive score compares with. */
  readonly keys?: Tensor;
  readonly length?: Tensor;
};

export interface AttentionDecoderResult {
  /** `[length, attentionSize]` each. */
  readonly output: Sequence;
  /** The weights with which each step looked at the memory: rows `[source]`, 0 beyond the end of each. */
  readonly attention: Sequence;
  /** The cell's states by name, and `a` with input feeding: `[batch, …]`. */
  readonly state: Tensors;
}

/**
 * A recurrent decoder that looks at a memory at every step (Bahdanau et al. 2015; in the form of Luong et al. 2015, section 3),
 * one recurrence program, compiled as any cell:
 *
 *     h_t = cell([x_t, a_{t−1}], h_{t−1})         with input feeding; else cell(x_t, h_{t−1})
 *     α_t = softmax(score(h_t, m_j) over j)
 *     c_t = Σ_j α_tj·m_j
 *     a_t = tanh([c_t, h_t]·W_c)
 *
 * Weights are the cell's under its names, `Wa` or `Wq` and `v`, `Wc`, and for an additive score `keys.W`.
 *
 * @throws OptionError for options that do not exist; ShapeError for rows or states that do not fit
 * @example
 * const decoder = new AttentionDecoder({ inputSize: 8, hiddenSize: 16, memorySize: 12 });
 * const memory = decoder.look(Sequence.fromBatch(zeros([2, 7, 12]), [7, 5]));
 * const { output, attention, state } = decoder.forward(Sequence.fromBatch(zeros([2, 3, 8])), memory);
 */
export class AttentionDecoder extends Module {
  static readonly className: string = 'AttentionDecoder';

  readonly step: AttentionStep;
  readonly weights: Readonly<Record<string, Parameter>>;
  readonly keys: Linear | undefined;
  readonly #program: Program;
  readonly #dtype: DType | undefined;

  constructor(options: AttentionDecoderOptions) {
    super(options.name);
    refuseUnknownOptions('AttentionDecoder', options, known);
    const { inputSize, hiddenSize, memorySize, cell = 'gru', score = 'additive' } = options;
    const { attentionSize = hiddenSize, inputFeeding = true, bias = true, dtype } = options;
    if (!scores.includes(score)) {
      throw new OptionError(
        'AttentionDecoder',
        `score must be one of ${scores.join(', ')}; got ${score}`,
      );
    }
    this.step = {
      cell: typeof cell === 'string' ? cellByName(cell) : cell,
      sizes: { inputSize, hiddenSize, bias },
      ...{ memorySize, score, attentionSize, inputFeeding },
    };
    this.#dtype = dtype;
    if (score === 'dot' || score === 'scaled-dot') needEqual(hiddenSize, memorySize, score);
    const stream = randomStream(this.name);
    const start = init.xavierUniform();
    const own = Object.entries(attentionShapes(this.step)).map(([name, shape]) => {
      const values = shape.length === 1 ? init.uniform({ low: -0.1, high: 0.1 }) : start;
      return [name, parameter(values(shape, stream, dtype))];
    });
    this.weights = {
      ...cellWeights(this.step.cell, cellSizesOf(this.step), { stream, dtype }),
      ...Object.fromEntries(own),
    };
    this.keys =
      score === 'additive'
        ? new Linear({
            ...{ inputSize: memorySize, outputSize: hiddenSize, bias: false, dtype },
            init: { W: start },
            name: `${this.name}.keys`,
          })
        : undefined;
    this.#program = attentionProgram(this.step);
  }

  /** The weights stand under their own names. */
  override ownParameters(): Readonly<Record<string, Parameter>> {
    return this.weights;
  }

  /** A memory ready to be looked at, whatever the number of steps: computed once. */
  look(memory: Sequence): DecoderMemory {
    needRows('AttentionDecoder', memory, this.step.memorySize, 'memorySize');
    const even = memory.lengths.every((n) => n === memory.time);
    return {
      memory: memory.toBatch(),
      ...(this.keys ? { keys: this.keys.forward(memory).toBatch() } : {}),
      ...(even ? {} : { length: lengthsTensor(memory.lengths) }),
    };
  }

  /** @param state what the first step starts with; zeros for what is not in it */
  override forward(
    x: Sequence,
    source: DecoderMemory,
    state: Tensors = {},
  ): AttentionDecoderResult {
    needRows('AttentionDecoder', x, this.step.sizes.inputSize, 'inputSize');
    const { memory, keys, length } = source;
    if (memory.shape[0] !== x.batch) {
      throw new ShapeError(
        'AttentionDecoder',
        `input and memory must have one batch; got ${x.batch} and ${memory.shape[0]}`,
      );
    }
    const lengths = length ? lengthsIn(length) : x.lengths.map(() => memory.shape[1]);
    const ordered = (y: Tensor) => x.fromUserOrder(y);
    const result = scan({
      program: this.#program,
      schedule: x.schedule(),
      steps: { x: x.rows },
      states: this.#states(x, state),
      memories: { memory: ordered(memory), ...(keys ? { keys: ordered(keys) } : {}) },
      lengths: { source: x.batchOrder.map((i) => lengths[i]) },
      parameters: this.weights,
    });
    return {
      output: x.withRows(result.outputs.attended),
      attention: x.withRows(result.outputs.attention),
      state: Object.fromEntries(
        Object.entries(result.finalStates).map(([name, y]) => [name, x.toUserOrder(y)]),
      ),
    };
  }

  #states(x: Sequence, given: Tensors): Tensors {
    const { states } = this.#program;
    const unknown = Object.keys(given).filter(
      (name) => !states.some((state) => state.name === name),
    );
    if (unknown.length > 0) {
      throw new ShapeError(
        'AttentionDecoder',
        `there is no state ${unknown.join(', ')}; there are ${states.map(({ name }) => name).join(', ')}`,
      );
    }
    return Object.fromEntries(
      states.map(({ name, size }) => {
        const state = given[name] ?? zeros([x.batch, size], { dtype: this.#dtype });
        return [name, x.fromUserOrder(state)];
      }),
    );
  }
}

function needEqual(hiddenSize: number, memorySize: number, score: AttentionScore): void {
  if (hiddenSize === memorySize) return;
  throw new OptionError(
    'AttentionDecoder',
    `score '${score}' multiplies the state with the memory, so hiddenSize and memorySize must be equal; got ${hiddenSize} and ${memorySize}. Take general or additive?`,
    { hiddenSize, memorySize },
  );
}
