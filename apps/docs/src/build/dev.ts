import { watch } from 'node:fs';
import { sep } from 'node:path';
import { createServer } from 'vitepress';
import { folders } from '../site/paths.ts';
import { gather, gatherPage } from './gather.ts';
import { writeReference } from './reference.ts';

/** `pnpm docs:dev`: the site on this machine, anew whenever a page is saved. */
gather();
await writeReference();
for (const folder of ['docs', 'apps', 'packages']) {
  watch(`${folders.repository}/${folder}`, { recursive: true }, (_, file) => {
    if (file?.endsWith('.md')) gatherPage(`${folder}/${file.split(sep).join('/')}`);
  });
}
const server = await createServer(folders.app);
await server.listen();
server.printUrls();
