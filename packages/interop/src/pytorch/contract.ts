import type { Module } from '@unroll/nn';
import type { Tensor } from '@unroll/tensor';

/** Tensors under names, relative to their module. */
export type Named = Readonly<Record<string, Tensor>>;

/** How the weights of one class of modules lie in a PyTorch state_dict: a map in both directions. */
export interface Layout<M extends Module = Module> {
  /** The module's own weights under PyTorch's names, in PyTorch's shapes. */
  theirs(module: M): Named;
  /** Tensors as `theirs` gives them, under our names in our shapes. */
  ours(module: M, theirs: Named): Named;
  /** Whether the modules inside are covered too. */
  readonly whole?: boolean;
  /** What PyTorch calls a module inside, `''` where its parts stand directly in this one; default: as we do. */
  inside?(name: string): string;
  /** Names that may stand in a state_dict and mean nothing here. */
  readonly ignored?: readonly string[];
}
