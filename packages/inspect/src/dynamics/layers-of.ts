import type { TracedLayer } from '../trace/traced-layer.ts';

/** What can be looked into: a whole trace, or one of its layers. */
export type Traced = TracedLayer | { readonly layers: readonly TracedLayer[] };

export function layersOf(traced: Traced): readonly TracedLayer[] {
  return 'layers' in traced ? traced.layers : [traced];
}
