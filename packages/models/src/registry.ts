import { FileError, OptionError } from '@unroll/backend';
import { type Cell, type CellConfig, cellFromConfig } from '@unroll/cells';
import { classNameOf, type Module } from '@unroll/nn';
import { EncoderDecoder } from './encoder-decoder.ts';
import { LanguageModel } from './language-model.ts';
import { TextClassifier } from './text/text-classifier.ts';
import { TransformerLanguageModel } from './transformer-language-model.ts';

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

const builtIn: readonly ModelClass[] = [
  LanguageModel,
  TransformerLanguageModel,
  EncoderDecoder,
  TextClassifier,
];

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
  try {
    return new found(withCell(config, cells) as never);
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause);
    const wayOut = wayTo(cause, config);
    throw new FileError(
      'load',
      `${file}: no ${className} can be built: ${words}${wayOut}`,
      { file },
      cause,
    );
  }
}

type Config = Readonly<Record<string, unknown>>;

/** The configuration with its cell, where that is one of the reader's own or was made of another one. */
function withCell(config: Config, cells: readonly Cell[]): Config {
  const { cell } = config;
  const isOwn = cells.some(({ name }) => name === cell);
  const isMade = typeof cell === 'object' && cell !== null && 'make' in cell;
  return isOwn || isMade ? { ...config, cell: cellFromConfig(cell as CellConfig, cells) } : config;
}

/** A cell's equations are never in a file, so whoever loads it brings them. */
function wayTo(cause: unknown, { cell }: Config): string {
  const name = cause instanceof OptionError ? cause.details.cell : undefined;
  if (cell === undefined || typeof name !== 'string') return '';
  return `. A cell of your own, called '${name}', is passed: load(source, { cells: [${/^[a-z_$][\w$]*$/i.test(name) ? name : '…'}] })`;
}
