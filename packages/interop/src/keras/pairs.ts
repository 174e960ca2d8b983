import { OptionError } from '@unroll/backend';
import { Recurrent } from '@unroll/cells';
import type { Module } from '@unroll/nn';
import { type KerasPart, plainPart, recurrentParts } from './layouts.ts';

/** The Keras layers that modules stand for, by our path. */
export type KerasNames = Readonly<Record<string, string | readonly string[]>>;

/** A Keras layer beside what it is here. */
export interface Pair {
  readonly part: KerasPart;
  /** Our names in front of the part's. */
  readonly prefix: string;
  readonly layer: string;
}

/** Our modules with the Keras layers they take. */
export function pairsOf(model: Module, names: KerasNames): Pair[] {
  const counts = new Map<string, number>();
  const pairs: Pair[] = [];
  const unused = new Set(Object.keys(names));
  const visit = (module: Module, path: string): void => {
    const plain = plainPart(module);
    const parts = module instanceof Recurrent ? recurrentParts(module) : plain ? [plain] : [];
    const given = Object.hasOwn(names, path) ? [names[path]].flat() : undefined;
    unused.delete(path);
    if (given && given.length !== parts.length) {
      throw new OptionError(
        'loadKeras',
        `${path || 'the model'} stands for ${parts.length} Keras layers; layers names ${given.length}`,
      );
    }
    const prefix = path === '' ? '' : `${path}.`;
    parts.forEach((part, i) => {
      const count = counts.get(part.kind) ?? 0;
      counts.set(part.kind, count + 1);
      const usual = count === 0 ? part.kind : `${part.kind}_${count}`;
      pairs.push({ part, prefix, layer: given?.[i] ?? usual });
    });
    if (parts.length > 0) return;
    for (const [name, child] of module.namedChildren()) visit(child, prefix + name);
  };
  visit(model, '');
  if (unused.size === 0) return pairs;
  throw new OptionError('loadKeras', `there is no module ${[...unused].join(', ')} with weights`);
}
