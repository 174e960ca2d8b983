import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { rows } from '../rows.ts';
import { root } from '../setup/paths.mjs';
import { compile, problemsOf } from './compiler.ts';
import type { Block } from './markdown.ts';

/**
 * The examples of all docstrings that are whole: what they name and do not declare is exported by a
 * package, so that imports are all they lack. (Others go on from a `model` or a `text` of the reader's.)
 */
export function wholeExamples(): Block[] {
  const examples = allExamples();
  const sources = new Map(examples.map(({ code }, i) => [virtual(i), `${code}\nexport {};\n`]));
  const entries = packageEntries();
  const program = compile([...entries.values()], sources);
  const exported = exportsOf(program, entries);
  return examples.flatMap((example, i) => {
    const missing = freeNames(program, virtual(i));
    const found = missing.map((name) => importOf(name, example.page, exported));
    if (found.includes(undefined)) return [];
    return [{ ...example, prelude: found.join(' ') }];
  });
}

function virtual(index: number): string {
  return join(root, `example-${index}.ts`).replaceAll('\\', '/');
}

function allExamples(): Block[] {
  const files = globSync('packages/*/src/**/*.ts', { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !/\.test\.ts$|\/testing\//.test(file))
    .sort();
  return files.flatMap((page) => examplesOf(page, readFileSync(join(root, page), 'utf8')));
}

/** The text after each `@example`, without the stars, with the line of the tag. */
export function examplesOf(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  const pattern = /^[ \t]*\* @example\n((?:[ \t]*\*(?!\/)(?! @).*\n)+)/gm;
  for (const { index, 1: body } of text.matchAll(pattern)) {
    const line = text.slice(0, index).split('\n').length;
    const code = body.replace(/^[ \t]*\* ?/gm, '').trimEnd();
    blocks.push({ page, line, code, meta: '' });
  }
  return blocks;
}

/** Every way to import from a package, with the file behind it. */
function packageEntries(): Map<string, string> {
  const entries = new Map<string, string>();
  for (const name of readdirSync(join(root, 'packages'))) {
    const { exports } = JSON.parse(
      readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'),
    );
    for (const [path, target] of Object.entries<{ '@unroll/source': string }>(exports)) {
      const file = join(root, 'packages', name, target['@unroll/source']).replaceAll('\\', '/');
      entries.set(path.replace('.', `@unroll/${name}`), file);
    }
  }
  return entries;
}

interface Exported {
  readonly from: string;
  readonly isType: boolean;
}

function exportsOf(program: ts.Program, entries: ReadonlyMap<string, string>) {
  const checker = program.getTypeChecker();
  const exported = new Map<string, Exported[]>();
  for (const [from, file] of entries) {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    for (const symbol of module ? checker.getExportsOfModule(module) : []) {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
      const { flags } = isAlias ? checker.getAliasedSymbol(symbol) : symbol;
      const one = { from, isType: (flags & ts.SymbolFlags.Value) === 0 };
      exported.set(symbol.name, [...(exported.get(symbol.name) ?? []), one]);
    }
  }
  return exported;
}

function freeNames(program: ts.Program, path: string): string[] {
  const names = problemsOf(program, path).flatMap(({ messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    return (
      /^(?:Cannot find name|No value exists in scope for the shorthand property) '(\w+)'/.exec(
        text,
      )?.[1] ?? []
    );
  });
  return [...new Set(names)].sort();
}

/** An import of a name: from the package of the page (its entry for Node first), else from the lowest. */
function importOf(name: string, page: string, exported: ReadonlyMap<string, readonly Exported[]>) {
  const own = `@unroll/${page.split('/')[1]}`;
  const rank = ({ from }: Exported) => {
    if (from.startsWith(own)) return from.endsWith('/node') ? -2 : -1;
    return rows.flat().indexOf(from.split('/')[1]);
  };
  const best = exported.get(name)?.toSorted((a, b) => rank(a) - rank(b))[0];
  return best && `import ${best.isType ? 'type ' : ''}{ ${name} } from '${best.from}';`;
}
