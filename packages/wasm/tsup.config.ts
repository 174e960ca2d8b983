import { defineConfig } from 'tsup';
import { library } from '../../tsup.base.ts';

/** A worker is loaded by its address, by bundlers as a file as it is: it brings all that it needs. */
const worker = defineConfig({
  ...library(['src/threads/worker.ts']),
  noExternal: [/^@unroll\//],
  clean: false,
});

export default [library(['src/index.ts']), worker];
