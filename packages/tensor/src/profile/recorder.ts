import type { Span } from '@unroll/backend';
import { costOf } from './cost.ts';
import type { Scopes } from './scope.ts';

/** What came together under one name. */
export interface Tally {
  readonly name: string;
  calls: number;
  /** Milliseconds. */
  time: number;
  flops: number;
  bytes: number;
}

/** An operation's tally, and those of the stages inside of its kernels. */
export interface OperationTally extends Tally {
  readonly stages: Map<string, Tally>;
}

/** A stretch of time: of an operation, of one of its kernels, or of a stage inside of that. */
export interface Stretch {
  readonly name: string;
  readonly kind: 'operation' | 'kernel' | 'stage';
  readonly start: number;
  readonly end: number;
  readonly flops: number;
  readonly bytes: number;
}

/** Stretches that are kept for a trace; all others are in the tallies only. */
const MOST_STRETCHES = 200_000;

/** Keeps the books while a profile runs. */
export class Recorder implements Scopes {
  readonly operations = new Map<string, OperationTally>();
  readonly stretches: Stretch[] = [];
  /** Stretches that were too many. */
  dropped = 0;
  /** The spans of the kernel that runs. */
  #spans: Span[] = [];
  #scope: { readonly name: string; flops: number; bytes: number; calls: number } | undefined;

  /** Takes what a backend says about the kernel that runs. */
  readonly takeSpan = (span: Span): void => {
    this.#spans.push(span);
  };

  /** The outermost operation has all: what it is composed of is its own affair. */
  inside<T>(name: string, fn: () => T): T {
    if (this.#scope) return fn();
    const scope = { name, flops: 0, bytes: 0, calls: 0 };
    this.#scope = scope;
    const start = performance.now();
    try {
      return fn();
    } finally {
      const end = performance.now();
      this.#scope = undefined;
      const { flops, bytes } = scope;
      if (scope.calls > 0) {
        this.#tallyOf(name).calls += 1;
        this.#keep({ name, kind: 'operation', start, end, flops, bytes });
      }
    }
  }

  /** Runs a kernel; what throws is not in the books. */
  kernel<T>(kernel: string, args: readonly unknown[], run: () => T): T {
    this.#spans = [];
    const start = performance.now();
    const result = run();
    const end = performance.now();
    const { name, flops, bytes } = costOf(kernel, args, result);
    const scope = this.#scope;
    const tally = this.#tallyOf(scope?.name ?? name);
    add(tally, end - start, flops, bytes);
    if (scope) {
      scope.flops += flops;
      scope.bytes += bytes;
      scope.calls += 1;
    } else tally.calls += 1;
    this.#keep({ name, kind: scope ? 'kernel' : 'operation', start, end, flops, bytes });
    for (const span of this.#spans) this.#stage(tally, span);
    return result;
  }

  #stage({ stages }: OperationTally, span: Span): void {
    const { stage: name, start, end, flops, bytes } = span;
    const tally = stages.get(name) ?? newTally(name);
    stages.set(name, tally);
    tally.calls += 1;
    add(tally, end - start, flops, bytes);
    this.#keep({ name, kind: 'stage', start, end, flops, bytes });
  }

  #tallyOf(name: string): OperationTally {
    const tally = this.operations.get(name) ?? { ...newTally(name), stages: new Map() };
    this.operations.set(name, tally);
    return tally;
  }

  #keep(stretch: Stretch): void {
    if (this.stretches.length < MOST_STRETCHES) this.stretches.push(stretch);
    else this.dropped += 1;
  }
}

function newTally(name: string): Tally {
  return { name, calls: 0, time: 0, flops: 0, bytes: 0 };
}

function add(tally: Tally, time: number, flops: number, bytes: number): void {
  tally.time += time;
  tally.flops += flops;
  tally.bytes += bytes;
}
