import { readFile, writeFile } from 'node:fs/promises';

// The engine says its version when two copies of it meet. After `changeset version` it is that of its package again.
const engine = new URL('../packages/tensor/src/core/engine.ts', import.meta.url);
const manifest = new URL('../packages/tensor/package.json', import.meta.url);
const { version } = JSON.parse(await readFile(manifest, 'utf8'));
const source = await readFile(engine, 'utf8');
await writeFile(engine, source.replace(/version: '[^']*'/, `version: '${version}'`));
console.log(`packages/tensor/src/core/engine.ts: version ${version}`);
