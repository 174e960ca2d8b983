import { UnsupportedError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import type { Graph } from './graph.ts';
import type { HostWeight } from './program.ts';

/** The weights of a module on the host, by path. */
export type HostWeights = Readonly<Record<string, HostWeight>>;

/** Where the writing of a stack stands: each part takes `value` and puts its own there. */
export interface Context {
  readonly graph: Graph;
  /** Batch-first, features on the last axis; ids have no such axis, and grids have their places behind the channels. */
  value: string;
  /** Features or channels of `value`; undefined for ids, 'free' where only a run shows how many. */
  size: number | 'free' | undefined;
  /** The axes before the features, by name. */
  axes: readonly string[];
  /** The axes behind the channels, by name: of lines or pictures. None for rows. */
  grid: readonly string[];
  /** int32 `[batch]`, where lengths are an input. */
  lengths: string | undefined;
  /** Whether initial states are inputs and final ones outputs. */
  readonly states: boolean;
  /** How many recurrent modules came before. */
  recurrent: number;
}

export function refuse(words: string): never {
  throw new UnsupportedError('exportOnnx', words);
}

/** @throws UnsupportedError for weights that are not float32: most runtimes compute nothing else */
export async function hostWeights(module: Module): Promise<HostWeights> {
  const weights: [string, HostWeight][] = [];
  for (const [name, x] of Object.entries(module.stateDict())) {
    const values = await x.data();
    if (!(values instanceof Float32Array)) {
      refuse(`${module.name}: ${name} is ${x.dtype}; float32 weights are written`);
    }
    weights.push([name, { values, shape: x.shape }]);
  }
  return Object.fromEntries(weights);
}

/** @throws UnsupportedError for rows of another size, ids or grids, where a part needs rows */
export function needSize(context: Context, part: string, size: number): void {
  if (context.grid.length > 0) {
    refuse(
      `${part} needs rows and gets ${gridInWords(context.grid)}; flatten, globalMaxPool or globalAvgPool makes rows of them`,
    );
  }
  needFeatures(context, part, 'features', size);
}

/** @throws UnsupportedError for another number of channels, or ids */
export function needChannels(context: Context, part: string, size: number): void {
  needFeatures(context, part, 'channels', size);
}

function needFeatures(context: Context, part: string, what: string, size: number): void {
  if (context.size === size || context.size === 'free') return;
  const given = context.size === undefined ? 'ids' : `${context.size} ${what}`;
  refuse(`${part} needs ${size} ${what} and gets ${given}`);
}

/** What a value is, in words: of the parts before. */
export function gridInWords(grid: readonly string[]): string {
  return ['rows', 'lines', 'pictures'][grid.length];
}
