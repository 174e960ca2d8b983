import { CallsShare } from '../job/calls.ts';
import type { Call } from '../job/calls-job.ts';
import type { Hands } from '../job/hands.ts';
import { rangeOf } from '../job/shares.ts';
import type { Instantiated, Machine } from '../machine/machine.ts';

/** Code that calls need beside the kernels: none. */
const none: Pick<Instantiated, 'code' | 'functions'> = { code: new Uint8Array(), functions: {} };

/** Calls that have nothing to do with each other, of so many operations together, on as many threads as are worth it. */
export function shareCalls(machine: Machine, calls: readonly Call[], operations: number): void {
  const count = machine.team.sizeFor(operations, calls.length);
  const shares = Array.from({ length: count }, (_, i) =>
    calls.slice(...rangeOf(calls.length, i, count, 1)),
  );
  run(machine, shares, none);
}

interface RowsToShare {
  readonly rows: number;
  /** Threads begin at multiples of it. */
  readonly unit: number;
  readonly operations: number;
  /** Functions that the calls need beside the kernels. */
  readonly own?: Pick<Instantiated, 'code' | 'functions'>;
}

/** One call for some rows on each of as many threads as are worth it. */
export function shareRows(
  machine: Machine,
  { rows, unit, operations, own = none }: RowsToShare,
  callFor: (from: number, rows: number) => Call,
): void {
  const count = machine.team.sizeFor(operations, Math.floor(rows / unit));
  const shares = Array.from({ length: count }, (_, i) => {
    const [from, to] = rangeOf(rows, i, count, unit);
    return [callFor(from, to - from)];
  });
  run(machine, shares, own);
}

function run(
  { blas, functions, team, tile }: Machine,
  shares: readonly (readonly Call[])[],
  { code, functions: stages }: Pick<Instantiated, 'code' | 'functions'>,
): void {
  const hands: Hands = { functions, stages, tile, blas, check: () => {} };
  const job = { kind: 'calls' as const, shares };
  const own = new CallsShare(job, 0, hands);
  team.share({ job, phases: ['loop'], count: shares.length, code, again: false }, () => own.run());
}
