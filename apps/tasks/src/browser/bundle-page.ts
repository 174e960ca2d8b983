import { gpu } from '@unroll/gpu';
import { report } from '@unroll/gpu/testing/report';
import { useBackend } from '@unroll/tensor';
import { refused } from './refused.ts';
import { trained } from './training.ts';

/** What a bundle of a GPU program computed. */
export interface Findings {
  readonly adapter: string;
  readonly dispatches: number;
  /** Whether the page's policy refuses code out of text, and WebAssembly. */
  readonly refused: readonly boolean[];
  readonly words: readonly number[];
}

/** The smallest module: eight bytes. */
const nothing = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

report(async (mode): Promise<Findings> => {
  const backend = await gpu({ mode });
  useBackend(backend);
  const words = await trained({ batch: 4, time: 6, hiddenSize: 16 });
  return {
    adapter: backend.adapter,
    dispatches: backend.dispatches(),
    refused: [
      refused(() => new Function('return 1')),
      refused(() => new WebAssembly.Module(nothing)),
    ],
    words,
  };
});
