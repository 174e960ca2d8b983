import { UnsupportedError } from '@unroll/backend';
import type { Recurrent } from '@unroll/cells';

/**
 * Refuses, by their names, the options of a recurrent layer that change what it computes and that the other side has not.
 *
 * @param hasMergeModes whether both directions may become one otherwise than side by side
 * @param hasResiduals whether a layer's input may be added to its output
 */
export function refuseOwnOptions(
  operation: string,
  layer: Recurrent,
  { hasMergeModes = false, hasResiduals = false } = {},
): void {
  const { connection, mergeMode, bidirectional, layers } = layer;
  const own = [
    ...(connection && !(hasResiduals && connection === 'residual')
      ? [`connection '${connection}'`]
      : []),
    ...(bidirectional && mergeMode !== 'concat' && !hasMergeModes
      ? [`mergeMode '${mergeMode}'`]
      : []),
    ...(layers.some(({ initial }) => Object.keys(initial).length > 0) ? ['learnInitialState'] : []),
  ];
  if (own.length === 0) return;
  throw new UnsupportedError(
    operation,
    `${layer.name} has ${own.join(' and ')}, which the other side has not`,
    { own },
  );
}
