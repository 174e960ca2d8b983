import { FileError } from '@unroll/backend';
import type { Cell } from '@unroll/cells';
import { classNameOf, type Module } from '@unroll/nn';
import { LanguageModel } from './language-model.ts';

/** A module that can be built again from plain options: `new Class(config)` has the same weights' names and shapes. */
export interface SaveableModel extends Module {
  /** Its options as plain data. */
  readonly config: object;
}

/** The class of a saveable model. Give it a static `className` where a bundler may rename it. */
export type ModelClass = (new (config: never) => SaveableModel) & { readonly className?: string };

export interface LoadOptions {
  /** Classes of your own that may be built, beside the built-in ones. */
  classes?: readonly ModelClass[];
  /** Cells of your own, which a saved model knows by name. */
  cells?: readonly Cell[];
}

const builtIn: readonly ModelClass[] = [LanguageModel];

/** A new model of a class by its name, with random weights. Nothing but the classes given is ever built. */
export function build(
  file: string,
  { className, config }: { className: string; config: Readonly<Record<string, unknown>> },
  { classes = [], cells = [] }: LoadOptions,
): SaveableModel {
  const known = new Map([...builtIn, ...classes].map((model) => [classNameOf(model), model]));
  const found = known.get(className);
  if (!found) {
    throw new FileError(
      'load',
      `${file}: the class ${className} is not known; known are ${[...known.keys()].join(', ')}. Pass it: load(source, { classes: [${/^\w+$/.test(className) ? className : '…'}] })`,
      { file, class: className },
    );
  }
  const cell = cells.find(({ name }) => name === config.cell);
  try {
    return new found((cell ? { ...config, cell } : config) as never);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new FileError('load', `${file}: no ${className} can be built: ${words}`, { file }, cause);
  }
}
