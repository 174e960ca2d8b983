import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../setup/paths.mjs';

/** The options of the house, for a few lines that are a module whatever they say. */
function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const overrides = { noUnusedLocals: false, moduleDetection: 'force' };
  const compilerOptions = { ...config.compilerOptions, ...overrides };
  return ts.parseJsonConfigFileContent({ compilerOptions, files: [] }, ts.sys, root).options;
}

/** A program of files on disk and of sources that exist only here, by their paths. */
export function compile(
  files: readonly string[],
  sources: ReadonlyMap<string, string>,
): ts.Program {
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  const getSourceFile = host.getSourceFile.bind(host);
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.readFile = (path) => sources.get(path) ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = sources.get(path);
    const [languageVersion] = rest;
    return text === undefined
      ? getSourceFile(path, ...rest)
      : ts.createSourceFile(path, text, languageVersion);
  };
  return ts.createProgram([...files, ...sources.keys()], options, host);
}

export function problemsOf(program: ts.Program, path: string): readonly ts.Diagnostic[] {
  const source = program.getSourceFile(path);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
}
