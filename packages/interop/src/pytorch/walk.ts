import { OptionError } from '@unroll/backend';
import type { Module } from '@unroll/nn';
import type { Layout } from './contract.ts';
import { layoutOf } from './layout.ts';

/** A module of a model with both its paths; each ends in a dot or is empty. */
export interface Part {
  readonly module: Module;
  readonly layout: Layout;
  readonly ours: string;
  readonly theirs: string;
}

/** What PyTorch calls our modules, where the names differ: `{ head: 'fc', 'encoder.rnn': 'lstm' }`. */
export type ModuleNames = Readonly<Record<string, string>>;

/** The modules that have weights of their own, each once, in order. */
export function partsOf(model: Module, names: ModuleNames): Part[] {
  const paths = [...model.namedModules().keys()];
  const unknown = Object.keys(names).filter((path) => !paths.includes(path));
  if (unknown.length > 0) {
    const there = paths.filter((path) => path !== '').join(', ');
    throw new OptionError(
      'PyTorch',
      `there is no module ${unknown.join(', ')}; there are ${there}`,
      {
        unknown,
      },
    );
  }
  const parts = new Map<Module, Part>();
  const visit = (module: Module, path: string, theirPath: string): void => {
    if (parts.has(module)) return;
    const layout = layoutOf(module);
    parts.set(module, { module, layout, ours: dotted(path), theirs: dotted(theirPath) });
    if (layout.whole) return;
    for (const [name, child] of module.namedChildren()) {
      const inside = dotted(path) + name;
      visit(child, inside, names[inside] ?? joined(theirPath, layout.inside?.(name) ?? name));
    }
  };
  visit(model, '', names[''] ?? '');
  return [...parts.values()];
}

function joined(path: string, name: string): string {
  return name === '' ? path : dotted(path) + name;
}

function dotted(path: string): string {
  return path === '' ? '' : `${path}.`;
}
