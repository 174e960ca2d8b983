import { build } from 'vitepress';
import { folders } from '../site/paths.ts';
import { deadLinksOf } from './dead-links.ts';
import { gather } from './gather.ts';
import { writeReference } from './reference.ts';
import { writeThreads } from './threads.ts';

/** `pnpm docs:build`: the site as static files in `apps/docs/dist`, for the path in `DOCS_BASE`. */
gather();
await writeReference();
await build(folders.app);
await writeThreads();
const dead = deadLinksOf(folders.out, process.env.DOCS_BASE ?? '/');
for (const sentence of dead) console.error(sentence);
if (dead.length > 0) process.exitCode = 1;
