import { namedValues, type Program } from '@unroll/backend';
import type { ScanCall, Sequence, Tensors } from '@unroll/tensor';

/** Values of one run at all steps, by the names they have in the cell's equations. */
export type WatchedValues = Readonly<Record<string, Sequence>>;

/** One run of one direction of a layer over sequences, as a watcher is told of it. */
export interface WatchedRun {
  /** From 0, the one that reads the input. */
  readonly layer: number;
  readonly direction: 'forward' | 'backward';
  readonly cell: string;
  /** What ran: in training that of a wrapped cell with its masks. */
  readonly program: Program;
  /** What it ran on; its states and masks stand in the order of falling length, as `Sequence.fromUserOrder` gives it. */
  readonly call: ScanCall;
  readonly input: Sequence;
  /** Of this direction alone, on the tape. */
  readonly output: Sequence;
  /** What was asked for, off the tape. */
  readonly values: WatchedValues;
}

export interface Watcher {
  /**
   * Names of values that are wanted at all steps, or what gives them for a program: rows that come in (`x`), old states
   * (`h[t-1]`) and all that is computed. Default: what is computed and has its name from the cell's author.
   */
  readonly values?: readonly string[] | ((program: Program) => readonly string[]);
  /** Takes each run when its forward pass is done. */
  readonly onRun: (run: WatchedRun) => void;
  /**
   * Takes the gradients ∂L/∂value of a run when a backward pass has gone through it: zero where a value has no influence.
   * While gradients are watched, everything of the forward pass is kept. A pass that records itself (second derivatives)
   * or looks for anomalies does not call it.
   */
  readonly onGradients?: (gradients: WatchedValues, run: WatchedRun) => void;
}

/** What a direction knows of itself. */
export type WatchedPlace = Pick<WatchedRun, 'layer' | 'direction' | 'cell'>;

/** A watcher where it was put. */
export interface PlacedWatcher {
  readonly watcher: Watcher;
  readonly place: WatchedPlace;
}

/** The names of all values that watchers want. */
export function wantedBy(watchers: ReadonlySet<PlacedWatcher>, program: Program): string[] {
  return [...new Set([...watchers].flatMap(({ watcher }) => namesOf(watcher, program)))];
}

/** Tells watchers of a run, each of what it asked for; gives what is to be told when gradients come. */
export function tell(
  watchers: ReadonlySet<PlacedWatcher>,
  run: Omit<WatchedRun, keyof WatchedPlace | 'values'>,
  watched: Tensors,
): (gradients: Tensors) => void {
  const told = [...watchers].map(({ watcher, place }) => {
    const names = namesOf(watcher, run.program);
    const own = { ...place, ...run, values: alongTime(run.input, names, watched) };
    watcher.onRun(own);
    return { watcher, names, own };
  });
  return (gradients) => {
    for (const { watcher, names, own } of told) {
      watcher.onGradients?.(alongTime(run.input, names, gradients), own);
    }
  };
}

function namesOf({ values }: Watcher, program: Program): readonly string[] {
  return typeof values === 'function' ? values(program) : (values ?? namedValues(program));
}

function alongTime(like: Sequence, names: readonly string[], rows: Tensors): WatchedValues {
  return Object.fromEntries(names.map((name) => [name, like.withRows(rows[name])]));
}
