import {
  type Attention,
  type FusedKernels,
  keysInSight,
  type Operand,
  type RowPlaces,
  sizeOf,
} from '@unroll/backend';
import type { Hands } from '../job/hands.ts';
import { bring, bringWhole, reach, resultsOf } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import type { AttentionJob, AttentionSequence, AttentionSlopes, Matrix } from './attention-job.ts';
import { AttentionShare } from './attention-share.ts';
import { bordersOf, scratchFor } from './parts.ts';

type AttentionKernels = Pick<FusedKernels, 'attention' | 'attentionBackward'>;

/** Code that a job needs beside the kernels: none. */
const NONE = new Uint8Array();

/**
 * Attention of floats, all else is the reference's. A head's scores are there for one block of queries at a time, and the
 * derivative computes them again, so that memory grows with the length and not with its square.
 */
export function makeAttention(machine: Machine, reference: AttentionKernels): AttentionKernels {
  return {
    attention(call) {
      if (call.q.dtype !== 'float32') return reference.attention(call);
      const { heads, kvHeads, q, v } = call;
      const rows = q.shape[0];
      const columns = (v.shape[1] / kvHeads) * heads;
      return machine.workspace.during(() =>
        resultsOf(machine, [rows * columns, rows * heads], ([y, logMass]) =>
          run(machine, call, {
            y: { address: y, stride: 4 * columns },
            logMass: { address: logMass, stride: 4 * heads },
          }),
        ),
      );
    },

    attentionBackward(call, output, logMass, dy) {
      const { q, k, v } = call;
      if (q.dtype !== 'float32') return reference.attentionBackward(call, output, logMass, dy);
      return machine.workspace.during(() =>
        resultsOf(machine, [sizeOf(q.shape), sizeOf(k.shape), sizeOf(v.shape)], ([dq, dk, dv]) => {
          const slopes = {
            dy: brought(machine, dy),
            dq: { address: dq, stride: 4 * q.shape[1] },
            dk: { address: dk, stride: 4 * k.shape[1] },
            dv: { address: dv, stride: 4 * v.shape[1] },
          };
          const inputs = { y: brought(machine, output), logMass: brought(machine, logMass) };
          run(machine, call, inputs, slopes);
        }),
      );
    },
  };
}

type Outputs = Pick<AttentionJob, 'y' | 'logMass'>;

function run(machine: Machine, call: Attention, outputs: Outputs, slopes?: AttentionSlopes): void {
  const { functions, tile, team, workspace } = machine;
  const { q, k, v, heads, kvHeads, scale, causal } = call;
  const [size, valueSize] = [q.shape[1] / heads, v.shape[1] / kvHeads];
  const sequences = sequencesOf(call);
  const borders = bordersOf(sequences, kvHeads, (operations, most) =>
    team.sizeFor(operations * (size + valueSize) * (heads / kvHeads) * (slopes ? 5 : 2), most),
  );
  const count = borders.length - 1;
  const longest = (of: (x: AttentionSequence) => number) => Math.max(0, ...sequences.map(of));
  const needs = {
    ...{ size, valueSize, backward: slopes !== undefined },
    queries: longest(({ queries }) => queries),
    keys: longest(({ keys }) => keys),
  };
  const borrow = (bytes: number) => workspace.borrow(bytes);
  const job: AttentionJob = {
    kind: 'attention',
    ...{ heads, kvHeads, size, valueSize, scale, causal, sequences, borders, slopes, ...outputs },
    // Where it is sent to a worker, as text, there is no infinity.
    window: Math.min(call.window, Number.MAX_SAFE_INTEGER),
    turns: call.turns ? bring(machine, call.turns) : 0,
    ...{ q: brought(machine, q), k: brought(machine, k), v: brought(machine, v) },
    ...tablesOf(machine, call),
    scratch: Array.from({ length: count }, () => scratchFor(tile, needs, borrow)),
  };
  const hands: Hands = { functions, stages: {}, tile, blas: undefined, check: () => {} };
  const own = new AttentionShare(job, 0, hands);
  team.share({ job, phases: ['loop'], count, code: NONE, again: false }, () => own.run());
}

function sequencesOf({ queries, keys }: Attention): AttentionSequence[] {
  let [query, key] = [0, 0];
  return queries.lengths.map((length, i) => {
    const rowStep = evenStep(keys, keys.lengths[i]);
    const firstRow = keys.starts[0] + keys.positions[i];
    const sequence = { queries: length, keys: keys.lengths[i], query, key, firstRow, rowStep };
    query += length;
    key += keys.lengths[i];
    return sequence;
  });
}

type Tables = Pick<AttentionJob, 'queryRows' | 'keyRows' | 'firsts' | 'ends' | 'counts'>;

/** Rows and keys in sight, sequence after sequence. */
function tablesOf(machine: Machine, call: Attention): Tables {
  const { queries, keys } = call;
  const sights = queries.lengths.flatMap((length, i) =>
    Array.from({ length }, (_, step) => keysInSight(call, step, length, keys.lengths[i])),
  );
  const table = (values: ArrayLike<number>) => bringWhole(machine, values);
  return {
    queryRows: table(rowsOf(queries)),
    keyRows: table(rowsOf(keys)),
    firsts: table(sights.map(([first]) => first)),
    ends: table(sights.map(([, end]) => end)),
    counts: table(sights.map(([first, end]) => end - first)),
  };
}

/** Rows from each of the first steps to the next, where that is one number; else 0. */
function evenStep({ starts }: RowPlaces, length: number): number {
  const step = length > 1 ? starts[1] - starts[0] : 1;
  for (let t = 2; t < length; t++) if (starts[t] - starts[t - 1] !== step) return 0;
  return step;
}

/** Layers on top of each other have the same places. */
const known = new WeakMap<RowPlaces, Int32Array>();

function rowsOf(places: RowPlaces): Int32Array {
  const found = known.get(places);
  if (found) return found;
  const { lengths, starts, positions } = places;
  const rows = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const [i, length] of lengths.entries()) {
    for (let step = 0; step < length; step++) rows[at++] = starts[step] + positions[i];
  }
  known.set(places, rows);
  return rows;
}

function brought(machine: Machine, x: Operand): Matrix {
  return { address: reach(machine, x), stride: 4 * x.shape[1] };
}
