import { DataError, sameShape } from '@unroll/backend';
import { classNameOf, type Module } from '@unroll/nn';
import type { Tensor } from '@unroll/tensor';
import { checkConfig, type LayerConfig } from './config.ts';
import type { StoredArray } from './hdf5.ts';
import type { KerasPart } from './layouts.ts';
import type { Pair } from './pairs.ts';

/** The variables of a file by layer and by their place in it. */
export type Stored = ReadonlyMap<string, ReadonlyMap<string, StoredArray>>;

/** All that does not fit in one error, before a number is read: what has another shape than ours is never allocated. */
export function checkAll(
  model: Module,
  pairs: readonly Pair[],
  stored: Stored,
  config: ReadonlyMap<string, LayerConfig>,
): void {
  const state = model.stateDict();
  const missing: string[] = [];
  const misshapen: string[] = [];
  const expected = new Set<string>();
  for (const { part, prefix, layer } of pairs) {
    for (const [place, x] of Object.entries(part.toKeras(within(state, prefix, part)))) {
      const name = `${layer}/${place}`;
      expected.add(name);
      const found = stored.get(layer)?.get(place);
      if (!found) missing.push(name);
      else misshapen.push(...misfit(name, x, found));
    }
  }
  const all = [...stored].flatMap(([layer, places]) =>
    [...places.keys()].map((p) => `${layer}/${p}`),
  );
  const unexpected = all.filter((name) => !expected.has(name));
  const different = pairs.flatMap(({ part, layer }) => {
    const found = config.get(layer);
    return found && part.cell
      ? checkConfig(found, part.cell, part.mergeMode).map((words) => `${layer}: ${words}`)
      : [];
  });
  const wrong = { missing, unexpected, misshapen, different };
  const lists = Object.entries(wrong).filter(([, names]) => names.length > 0);
  if (lists.length === 0) return;
  const text = lists.map(([what, names]) => `\n  ${what}: ${names.join('; ')}`).join('');
  throw new DataError(
    'loadKeras',
    `these are not the weights of this ${classNameOf(model.constructor)}; nothing was written.${text}`,
    wrong,
  );
}

function misfit(name: string, x: Tensor, { shape, dtype }: StoredArray): string[] {
  const isFloat = dtype === '<f' || dtype === '<d';
  if (isFloat && sameShape(x.shape, shape)) return [];
  return [
    `${name} is [${x.shape.join(', ')}], got ${isFloat ? '' : `${dtype} `}[${shape.join(', ')}]`,
  ];
}

/** A part's own weights under the names it knows. */
function within(state: Readonly<Record<string, Tensor>>, prefix: string, part: KerasPart) {
  return Object.fromEntries(part.ours.map((name) => [name, state[prefix + name]]));
}
