import type { Fact } from '@unroll/backend';
import { describeBlas } from '../blas/describe-blas.ts';
import { sharingObstacle } from '../threads/spawn.ts';
import type { TeamState } from '../threads/team.ts';
import { canWiden } from './compile.ts';
import type { Machine } from './machine.ts';
import type { SimdKind } from './simd.ts';

/** What a machine was asked for; undefined where it was left to the machine. */
export interface Asked {
  readonly simd?: SimdKind | undefined;
  readonly threads?: number | undefined;
  readonly memoryLimit?: number | undefined;
}

/** How many threads are worth having. */
export function coresOf(): number {
  return Math.max(1, globalThis.navigator?.hardwareConcurrency ?? 1);
}

/** What a machine chose, and why. */
export function describeMachine(machine: Machine, asked: Asked): Record<string, Fact> {
  const { simd, heap } = machine;
  return {
    simd: { value: simd, why: asked.simd ? 'wasm({ simd }) asked for it' : reasonFor(simd) },
    threads: threadsOf(machine, asked),
    blas: describeBlas(machine.blas),
    memory: {
      value: bytesText(heap.limit),
      why: `${asked.memoryLimit ? 'wasm({ memoryLimit }) asked for it' : 'the limit where none is given'}; ${bytesText(heap.used)} are in use`,
    },
  };
}

function reasonFor(kind: SimdKind): string {
  if (kind === 'plain') {
    return 'this engine has no relaxed SIMD, so products are multiplied, rounded, then added';
  }
  if (kind === 'wide') {
    return 'multiply-add in one instruction, and V8 makes 256 bits of twice 128, which a trial found faster here';
  }
  const narrow = canWiden()
    ? 'a trial found 256 bits slower on this processor'
    : '256 bits need Node 24 or newer on x64';
  return `multiply-add in one instruction; ${narrow}`;
}

function threadsOf({ team }: Machine, asked: Asked): Fact {
  const { threads, state } = team;
  const wanted =
    asked.threads === undefined ? 'one for each core' : 'wasm({ threads }) asked for it';
  if (threads > 1) {
    if (state === 'unavailable') return { value: 1, why: 'no worker could be started' };
    return { value: threads, why: `${wanted}; ${startedTexts[state]}` };
  }
  if ((asked.threads ?? coresOf()) === 1) return { value: 1, why: wanted };
  return { value: 1, why: sharingObstacle() ?? 'there is no room for shared memory' };
}

const startedTexts: Readonly<Record<Exclude<TeamState, 'unavailable'>, string>> = {
  idle: 'the others start with the first work that is large enough, or by ready()',
  starting: 'the others are being started, and one computes until they are ready',
  ready: 'all are ready',
};

function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`;
}
