import { AutogradError } from '@unroll/backend';
import type { Backward, Node, Tensor } from '../core/tensor.ts';
import { backwardOf } from '../profile/scope.ts';
import { labelled } from './label.ts';
import { isAnomalyEnabled } from './mode.ts';
import { findAnomaly } from './record.ts';

/**
 * The gradients of a node's inputs from those of its outputs.
 *
 * @throws AutogradError when the graph was released, or a value that it needs was overwritten since
 */
export function runNode(
  node: Node,
  gradients: readonly (Tensor | undefined)[],
  needs: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const backward = check(node);
  const found = backwardOf(node.name, () => labelled(node.place, () => backward(gradients, needs)));
  if (isAnomalyEnabled()) {
    const came = gradients.filter((g) => g !== undefined);
    const made = found.filter((g, i) => g !== undefined && needs[i]);
    findAnomaly(`backward of ${node.name}`, came, made as Tensor[]);
  }
  return found;
}

function check(node: Node): Backward {
  if (!node.backward) {
    throw new AutogradError(
      'backward',
      `the graph through ${node.name} was released by an earlier backward. Pass { retainGraph: true } to that one.`,
    );
  }
  for (const { tensor, version } of node.saved) {
    const { storage } = tensor;
    if (storage.version === version) continue;
    throw new AutogradError(
      'backward',
      `${node.name} saved a value [${tensor.shape.join(', ')}] at version ${version}, and ${storage.writer} has written to it since (version ${storage.version}). Call backward() before the write, or detach a copy.`,
      { saved: node.name, writer: storage.writer },
    );
  }
  return node.backward;
}

/** Lets go of what the node keeps alive. */
export function release(node: Node): void {
  node.release?.();
  node.backward = undefined;
  node.saved = [];
  node.inputs = [];
}
