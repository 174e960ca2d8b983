import { rows } from '../rows.ts';
import { camelCase, requireKebabCase, type Scaffold, ScaffoldError } from './scaffold.ts';

/** A package that stands alone: it builds, has a test and a README whose program runs. */
export function packageScaffold(name: string, sentence: string): Scaffold {
  const row = rows.findIndex((names) => names.includes(requireKebabCase(name)));
  if (row === -1) {
    const advice = `give ${name} a row in scripts/rows.ts: it decides what the package may import.`;
    throw new ScaffoldError(`First ${advice}`);
  }
  if (!sentence.trim()) {
    throw new ScaffoldError(`Say what it is for: pnpm new package ${name} "<one sentence>"`);
  }
  const folder = `packages/${name}`;
  return {
    files: {
      [`${folder}/package.json`]: manifest(name, sentence),
      [`${folder}/tsconfig.json`]: tsconfig,
      [`${folder}/tsup.config.ts`]: tsup,
      [`${folder}/README.md`]: readme(name, sentence),
      [`${folder}/src/index.ts`]: `export { ${camelCase(name)}Purpose } from './purpose.ts';\n`,
      [`${folder}/src/purpose.ts`]: purpose(name, sentence),
      [`${folder}/src/purpose.test.ts`]: purposeTest(name),
    },
    edits: { 'README.md': (text) => addRow(text, name, row, sentence) },
    install: true,
    next: `Replace ${folder}/src/purpose.ts by what the package does; imports go into its package.json as "workspace:*".`,
  };
}

function addRow(text: string, name: string, row: number, sentence: string): string {
  const lines = text.split('\n');
  const last = lines.findLastIndex((line) => Number(/^\| (\d+) \| \[/.exec(line)?.[1]) <= row);
  if (last === -1) throw new ScaffoldError('README.md has no table of packages.');
  const line = `| ${row} | [\`${name}\`](packages/${name}/README.md) | ${sentence} |`;
  return lines.toSpliced(last + 1, 0, line).join('\n');
}

function manifest(name: string, description: string): string {
  const types = './dist/index.d.ts';
  const built = './dist/index.js';
  const json = {
    name: `@unroll/${name}`,
    version: '0.0.0',
    description,
    license: 'MIT',
    keywords: ['rnn', 'lstm', 'sequence-learning', 'typescript'],
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22' },
    exports: { '.': { '@unroll/source': './src/index.ts', types, default: built } },
    files: ['dist'],
    publishConfig: { access: 'public', exports: { '.': { types, default: built } } },
    scripts: { build: 'tsup', dev: 'tsup --watch', shape: 'node ../../scripts/shape.ts' },
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

const tsconfig = `{
  "extends": "../../tsconfig.base.json",
  "include": ["src"]
}
`;

const tsup = `import { library } from '../../tsup.base.ts';

export default library(['src/index.ts']);
`;

const readme = (name: string, sentence: string) => `# @unroll/${name}

${sentence}

\`\`\`sh
npm install @unroll/${name}
\`\`\`

\`\`\`ts
import { ${camelCase(name)}Purpose } from '@unroll/${name}';

console.log(${camelCase(name)}Purpose);
\`\`\`
`;

const purpose = (name: string, sentence: string) => `/** What this package is for. */
export const ${camelCase(name)}Purpose = ${quote(sentence)};
`;

const purposeTest = (name: string) => `import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ${camelCase(name)}Purpose } from './purpose.ts';

test('the package and its manifest say the same', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  expect(${camelCase(name)}Purpose).toBe(JSON.parse(manifest).description);
});
`;

/** As the formatter writes it: single quotes, unless that needs a backslash. */
function quote(text: string): string {
  if (!text.includes("'")) return `'${text.replaceAll('\\', '\\\\')}'`;
  return JSON.stringify(text);
}
