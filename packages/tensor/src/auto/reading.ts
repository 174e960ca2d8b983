import { currentAuto, currentBackend } from '../core/engine.ts';
import type { Tensor } from '../core/tensor.ts';
import { chooseBackend } from './choose.ts';
import { Copies } from './copies.ts';
import type { Trial } from './trial.ts';
import { here, type Workplace, workplaceOn } from './workplace.ts';

/** What has weights by name, as a module. */
export interface Weighted {
  stateDict(): Readonly<Record<string, Tensor>>;
}

/** The copies of models that are used, one for each. */
const copiesOf = new WeakMap<object, Copies>();

/**
 * Where to use a model that nobody writes to meanwhile, for predictions: under `auto` on the faster backend. The model itself
 * stays where it is; a copy of its weights is used, and made anew when they have changed.
 */
export async function readingPlace(
  model: Weighted,
  trial: Omit<Trial, 'tensors'>,
): Promise<Workplace> {
  if (!currentAuto()) return here;
  const tensors = Object.values(model.stateDict());
  const floats = new Set(
    tensors.filter(({ dtype }) => dtype === 'float32').map(({ storage }) => storage.backend),
  );
  const [place] = floats;
  if (floats.size === 1 && place !== currentBackend()) return workplaceOn(place);
  const backend = await chooseBackend({ ...trial, tensors });
  if (!backend) return here;
  const kept = copiesOf.get(model);
  const copies = kept?.backend === backend ? kept : new Copies(backend, tensors);
  copiesOf.set(model, copies);
  return {
    within(fn) {
      copies.renew();
      return copies.within(fn);
    },
    bring: copies.bring,
  };
}
