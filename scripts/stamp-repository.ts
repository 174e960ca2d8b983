import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './setup/paths.mjs';

// npm accepts a provenance only where a package names the repository that it was built in. The build knows its address,
// also in a fork; so it is written into every published package.json just before publishing.
const { GITHUB_SERVER_URL: server = 'https://github.com', GITHUB_REPOSITORY: repository } =
  process.env;
if (repository === undefined) {
  throw new Error('GITHUB_REPOSITORY must say where this is built, as owner/name');
}
const page = `${server}/${repository}`;
for (const name of await readdir(join(root, 'packages'))) {
  const file = join(root, 'packages', name, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  if (manifest.private) continue;
  const stamped = {
    ...manifest,
    homepage: `${page}/tree/main/packages/${name}#readme`,
    bugs: `${page}/issues`,
    repository: { type: 'git', url: `git+${page}.git`, directory: `packages/${name}` },
  };
  await writeFile(file, `${JSON.stringify(stamped, null, 2)}\n`);
}
console.log(`packages/*/package.json: repository ${page}`);
