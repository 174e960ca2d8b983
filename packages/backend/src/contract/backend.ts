import type { Formula } from '../formula/formula.ts';
import type { Program } from '../program/program.ts';
import type { Scan, ScanBackward, ScanGradients, ScanResult } from '../program/scan.ts';
import type { RandomPlace } from '../random/words.ts';
import type { Attention } from './attention.ts';
import type { DType, TypedArray } from './dtype.ts';
import type { Fact } from './fact.ts';
import type { Memory, Operand } from './memory.ts';
import type { Crf, CrfResult, Ctc, CtcResult } from './sequence-losses.ts';
import type { Shape } from './shape.ts';
import type { SpanSink } from './trace.ts';

export type { Memory, Operand } from './memory.ts';

/**
 * The contract with a backend. It is one-way: a kernel is *submitted*, synchronously, and gives memory whose dtype and
 * length are known at once; only `read` gives a promise. No kernel looks at a value to find a shape.
 *
 * A backend does not: check or broadcast shapes (that happens once, above it), know derivatives outside a recurrence
 * program, keep the state of a random sequence (a kernel that draws is given its place in one), convert dtypes except
 * where a kernel says so, or choose a device. A kernel that it lacks is an error at submission, never a silent trip to
 * another backend. An error of the device comes out of the next read and names its operation.
 */
/**
 * What becomes of memory that a kernel lent because it was allowed to: large results that live for a short time, such as
 * gradients between a backward pass and the optimizer's step, then need not be made anew each time. It is read like any
 * other memory until one of these has been called; where neither is, the garbage collector sees to it.
 */
export interface Lending {
  /** Whether a memory is lent now. */
  isLent(memory: Memory): boolean;
  /** Nobody but one has it, who will call one of the two below; the backend may take that up and lend it. */
  lend(memory: Memory): void;
  /** It becomes memory like any other, with the same values. */
  keep(memory: Memory): void;
  /** Nobody will read it again. */
  giveBack(memory: Memory): void;
}

/**
 * Memory that the garbage collector does not see, on a device. `tensor` says at its release points (the end of a backward
 * pass, of `noGrad`, of a training step) which memory nobody will read again; what it does not name is left to the collector.
 */
export interface Freeing {
  /** Whether the values are on the host as well, as after an upload: freeing then loses nothing. */
  isOnHost(memory: Memory): boolean;
  /** It is going to be read for long and will not be freed, as a parameter is. */
  stay(memory: Memory): void;
  /**
   * Nobody will read it, except values that are on the host. Kernels that were submitted before read what they were meant to;
   * a later one throws.
   */
  free(memory: Memory): void;
}

export interface Backend {
  readonly name: string;
  /** The dtypes it computes in; float64 is always the reference's. */
  readonly dtypes: readonly DType[];
  /** New memory with a copy of `values`. */
  upload(values: TypedArray): Memory;
  /** The values of an operand, a copy. */
  read(x: Operand): Promise<TypedArray>;
  /** The same at once, where the backend can. */
  readonly readSync?: (x: Operand) => TypedArray;
  /**
   * The same where no device need be asked, as for what was uploaded; undefined for other values. They outlive a device
   * that is lost. Where it is absent, `readSync` gives all.
   */
  readonly valuesOnHost?: (x: Operand) => TypedArray | undefined;
  /**
   * A backend like this one on a fresh device, for whom a read has told with a DeviceLostError that this one's is gone.
   * Nothing moves there by itself. Where it is absent no device can be lost.
   */
  readonly renew?: () => Promise<Backend>;
  /**
   * Takes back what a forward scan has saved, when its backward run is over and none will follow. Where it is absent the
   * garbage collector does; a graph that is dropped is always left to it.
   */
  readonly release?: (saved: unknown) => void;
  /** Where it is absent nothing is ever lent. */
  readonly lending?: Lending;
  /** Where it is absent all memory is the garbage collector's. */
  readonly freeing?: Freeing;
  /** From now on says what it does inside of kernels, or no more; where it is absent a profile ends at the kernel. */
  readonly trace?: (sink: SpanSink | undefined) => void;
  /** What it chose and why, by name; where it is absent there was nothing to choose. */
  readonly describe?: () => Readonly<Record<string, Fact>>;
  /** How it runs a program, in lines; where it is absent value by value, step by step. */
  readonly explain?: (program: Program) => readonly string[];
  readonly kernels: Kernels;
  readonly fused: Partial<FusedKernels>;
  /** Which of the optional kernels it does not answer on purpose, each with a clause that says why. */
  readonly absent?: Absent;
}

/** Kernels that a backend does not answer, and why. */
export type Absent = Readonly<Partial<Record<keyof FusedKernels, string>>>;

export type Reduction = 'sum' | 'max' | 'min' | 'argmax' | 'argmin';

/**
 * The closed list that every backend answers. Each kernel gives new memory of the stated shape; only `assign` writes.
 * Axes are non-negative, shapes agree: it was checked above.
 */
export interface Kernels {
  /**
   * A formula at every element of `shape`; inputs are broadcast to it. One memory of `dtype` per output: an int32 is cut
   * towards zero, a bool is `y ≠ 0`.
   */
  pointwise(formula: Formula, inputs: readonly Operand[], shape: Shape, dtype: DType): Memory[];
  /**
   * One axis away. Sum accumulates wide and counts bools, in int32; argmax and argmin give int32 and the first of equals;
   * NaN wins.
   */
  reduce(kind: Reduction, x: Operand, axis: number): Memory;
  /** Running sum along an axis, from the end when `reverse`; bools are counted, in int32. */
  cumsum(x: Operand, axis: number, reverse: boolean): Memory;
  /** `[b, m, k] · [b, k, n]` → `[b, m, n]`, either side as its transpose; a batch of 1 serves all. */
  matmul(a: Operand, b: Operand, transposeA: boolean, transposeB: boolean): Memory;
  /** Axis i of the result is axis `axes[i]` of x. */
  transpose(x: Operand, axes: readonly number[]): Memory;
  /** Along each axis `sizes` elements from `starts` on by `steps` (which may be negative). */
  slice(
    x: Operand,
    starts: readonly number[],
    sizes: readonly number[],
    steps: readonly number[],
  ): Memory;
  /** `value` around x: `before` and `after` elements along each axis. */
  pad(x: Operand, before: readonly number[], after: readonly number[], value: number): Memory;
  concat(inputs: readonly Operand[], axis: number): Memory;
  /** Slices of x along an axis, at `ids` (int32, one axis). An id out of range is an IndexError. */
  indexSelect(x: Operand, ids: Operand, axis: number): Memory;
  /** Zeros of `shape`, to which the slices of x along an axis are added at `ids`; in order, so that bits are stable. */
  indexAdd(shape: Shape, ids: Operand, x: Operand, axis: number): Memory;
  /**
   * out[i][j] = x[ids[i][j]][j] for axis 0, and so on: ids has the rank of x and gives the shape; its other axes may be
   * shorter than those of x.
   */
  gather(x: Operand, ids: Operand, axis: number): Memory;
  /** The transpose of gather: zeros of `shape`, to which x is added at `ids`. */
  scatterAdd(shape: Shape, ids: Operand, x: Operand, axis: number): Memory;
  /** Values of x in another dtype: to int32 cut towards zero, to bool `x ≠ 0`. */
  cast(x: Operand, dtype: DType): Memory;
  /** Overwrites `target` with `source` of the same shape and dtype. */
  assign(target: Operand, source: Operand): void;
  /** A recurrence program over whole sequences. */
  scan(call: Scan): ScanResult;
  /** Its derivative, from what the forward run has saved. */
  scanBackward(call: ScanBackward): ScanGradients;
}

/** What a backend may answer in one kernel; `tensor` composes what it does not. */
export interface FusedKernels {
  /** Softmax along the last axis. */
  softmax(x: Operand): Memory;
  /** Log-softmax along the last axis. */
  logSoftmax(x: Operand): Memory;
  /**
   * −log softmax(x)[id] for each row of x `[rows, classes]` and its id (int32 `[rows]`), in x's dtype; 0 where the id is
   * `ignoreIndex`, which need not be a class. Another id that is no class is an IndexError.
   */
  crossEntropy(x: Operand, ids: Operand, ignoreIndex: number): Memory;
  /** Its derivative `[rows, classes]`: (softmax(x) − 1 at the id)·dy for dy `[rows]`; 0 in rows that are ignored. */
  crossEntropyBackward(x: Operand, ids: Operand, dy: Operand, ignoreIndex: number): Memory;
  /**
   * A formula at every element of `targets`, one for each output and all of one shape and dtype, written over them: one
   * pass over a parameter, its gradient and its moments. Inputs are broadcast to that shape. An input may be a target,
   * but not lie across one.
   */
  update(formula: Formula, inputs: readonly Operand[], targets: readonly Operand[]): void;
  /** Σ x² over all elements of all inputs, which have one dtype: a scalar. Accumulates wide. */
  sumOfSquares(inputs: readonly Operand[]): Memory;
  /** (x − μ)/√(σ² + eps) along the last axis, σ² divided by its length. */
  normalize(x: Operand, eps: number): Memory;
  /** Its derivative: (dy − mean(dy) − y·mean(dy·y))/√(σ² + eps), y the normalized x. */
  normalizeBackward(x: Operand, dy: Operand, eps: number): Memory;
  /**
   * `value` where the word of an element is below `limit` (0 to 2³²), else 0: the elements of `shape` have the words from
   * a place on, one each in turn. A function of its arguments with the same bits everywhere.
   */
  bernoulli(from: RandomPlace, limit: number, value: number, shape: Shape, dtype: DType): Memory;
  /** Attention over sequences: `[queries, heads·valueSize]`, and `[queries, heads]` for the derivative. */
  attention(call: Attention): [output: Memory, logMass: Memory];
  /** Its derivative for dy of the output's shape, from both that the forward kernel gave. */
  attentionBackward(
    call: Attention,
    output: Operand,
    logMass: Operand,
    dy: Operand,
  ): [dq: Memory, dk: Memory, dv: Memory];
  /**
   * CTC, forward and derivative in one pass. A label that is no class is an IndexError; one that is the blank, or more of
   * them than a sequence has steps for, a DataError.
   */
  ctcLoss(call: Ctc): CtcResult;
  /**
   * A linear-chain CRF, forward and derivatives in one pass. A tag that does not exist is an IndexError; tags whose score
   * is −Infinity are a DataError.
   */
  crfLoss(call: Crf): CrfResult;
}
