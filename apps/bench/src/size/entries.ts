import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A program that somebody's packages are measured at. */
export interface Entry {
  /** What it does: the name of its folder in `size/`. */
  readonly program: ProgramName;
  /** Whose packages. */
  readonly who: string;
  readonly file: string;
  /** What it fetches besides its script. */
  readonly fetched: readonly string[];
}

/** Most gzipped bytes of ours: what was aimed at, and what may not be exceeded (docs/sizes.md says why they differ). */
export interface Budget {
  readonly goal: number;
  readonly limit: number;
}

export type ProgramName = keyof typeof budgets;

export const budgets = {
  'gru-inference': { goal: 22_000, limit: 112_000 },
  'gru-training': { goal: 34_000, limit: 117_000 },
  'cpu-stack': { goal: 80_000, limit: 150_000 },
} as const satisfies Readonly<Record<string, Budget>>;

/** Who can do it; the first is ours. jax-js brings no Adam; brain.js needs Node's streams, so no bundle for a page has it. */
const doers: Readonly<Record<ProgramName, readonly string[]>> = {
  'gru-inference': ['unroll', 'tfjs-cpu', 'tfjs-wasm', 'jax-js'],
  'gru-training': ['unroll', 'tfjs-cpu', 'tfjs-wasm'],
  'cpu-stack': ['unroll', 'tfjs-cpu', 'tfjs-wasm', 'jax-js'],
};

/** All entry files, ours before those of others; only ours where others are not wanted. */
export function entries({ peers }: { peers: boolean }): Entry[] {
  return (Object.keys(budgets) as ProgramName[]).flatMap((program) =>
    doers[program]
      .filter((who) => peers || who === 'unroll')
      .map((who) => ({
        ...{ program, who },
        file: fileURLToPath(new URL(`../../size/${program}/${who}.ts`, import.meta.url)),
        fetched: who === 'tfjs-wasm' ? [tfjsBinary()] : [],
      })),
  );
}

/** Of its three binaries a browser fetches one: without threads, which few pages may use, that with SIMD. */
function tfjsBinary(): string {
  const { resolve } = createRequire(import.meta.url);
  const folder = dirname(resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  return join(folder, 'dist', 'tfjs-backend-wasm-simd.wasm');
}
