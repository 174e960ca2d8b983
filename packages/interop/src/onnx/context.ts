import { UnsupportedError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import type { Graph } from './graph.ts';
import type { HostWeight } from './program.ts';

/** The weights of a module on the host, by path. */
export type HostWeights = Readonly<Record<string, HostWeight>>;

/** Where the writing of a stack stands: each part takes `value` and puts its own there. */
export interface Context {
  readonly graph: Graph;
  /** Batch-first, features on the last axis; ids have no such axis. */
  value: string;
  /** Features of `value`; undefined for ids. */
  size: number | undefined;
  /** The axes before the features, by name. */
  readonly axes: readonly string[];
  /** int32 `[batch]`, where lengths are an input. */
  readonly lengths: string | undefined;
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

/** @throws UnsupportedError for rows of another size, or ids, where a part needs rows */
export function needSize(context: Context, part: string, size: number): void {
  if (context.size === size) return;
  const given = context.size === undefined ? 'gets ids' : `gets ${context.size} features`;
  refuse(`${part} needs ${size} features and ${given}`);
}
