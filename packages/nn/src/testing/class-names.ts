import { Module } from '../module/module.ts';

/**
 * The modules that a package exports: by the name they have there, the `className` that each says itself. Where the two are
 * one, a minified program draws the same numbers.
 */
export function ownClassNames(exported: object): Map<string, unknown> {
  const modules = Object.entries(exported).filter(
    ([, value]) => typeof value === 'function' && value.prototype instanceof Module,
  );
  return new Map(
    modules.map(([name, module]) => [
      name,
      Object.getOwnPropertyDescriptor(module, 'className')?.value,
    ]),
  );
}
