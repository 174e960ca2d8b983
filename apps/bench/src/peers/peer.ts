import type { Command } from '../measure/child.ts';
import type { Spec } from '../specs.ts';

/** What the command line says about peers. */
export interface PeerOptions {
  /** Of unroll; its backend's default without. */
  readonly threads?: number;
  /** A Python with PyTorch; the first that has it without. */
  readonly python?: string;
}

/** Somebody who can be measured, in a process of its own. */
export interface Peer {
  /** As in metrics: `torch-1`. */
  readonly who: string;
  /** What it is measured at. */
  readonly kinds: readonly Spec['kind'][];
  /** How it is started, or a sentence that says what to install. */
  find(options: PeerOptions): Command | { readonly missing: string };
}
