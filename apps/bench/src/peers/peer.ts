import type { Command } from '../measure/child.ts';
import type { Spec } from '../specs.ts';

/** What the command line says about peers. */
export interface PeerOptions {
  /** Of unroll; its backend's default without. */
  readonly threads?: number;
  /** A Python with PyTorch; the first that has it without. */
  readonly python?: string;
  /** What pages and Node have for a GPU: one in software, the same everywhere, without. */
  readonly adapter?: Adapter;
}

/** A GPU in software (SwiftShader), or the machine's own. */
export type Adapter = 'software' | 'hardware';

/** How a peer is started, or a sentence that says what to install. */
export type Found = Command | { readonly missing: string };

/** Somebody who can be measured, in a process of its own. */
export interface Peer {
  /** As in metrics: `torch-1`. */
  readonly who: string;
  /** Where it computes; the CPU without. */
  readonly device?: 'gpu';
  /** Takes part only when it is asked for: it is so slow that the others would wait for it. */
  readonly onlyIfAsked?: true;
  /** What it is measured at. */
  readonly kinds: readonly Spec['kind'][];
  find(options: PeerOptions): Found;
}
