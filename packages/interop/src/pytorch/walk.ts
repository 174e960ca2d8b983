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
  const visit = (module: Module, path: string): void => {
    if (parts.has(module)) return;
    const layout = layoutOf(module);
    parts.set(module, { module, layout, ours: dotted(path), theirs: dotted(renamed(path, names)) });
    if (layout.whole) return;
    for (const [name, child] of module.namedChildren()) visit(child, dotted(path) + name);
  };
  visit(model, '');
  return [...parts.values()];
}

/** A module's new name holds for those inside it; the longest path that fits decides. */
function renamed(path: string, names: ModuleNames): string {
  const [longest] = Object.keys(names)
    .filter((from) => path === from || path.startsWith(dotted(from)))
    .sort((a, b) => b.length - a.length);
  if (longest === undefined) return path;
  const inside = longest === '' ? path : path.slice(longest.length + 1);
  return [names[longest], inside].filter((part) => part !== '').join('.');
}

function dotted(path: string): string {
  return path === '' ? '' : `${path}.`;
}
