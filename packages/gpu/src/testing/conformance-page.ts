import { runConformance, type Tally } from '@unroll/backend/testing/run';
import { gpu } from '../gpu.ts';

/** What the suite found in one environment. */
export interface Findings extends Tally {
  readonly adapter: string;
  readonly seconds: number;
}

/** Runs the suite on one way to the GPU, in a page or in Node. */
async function findings(mode: 'webgpu' | 'webgl2'): Promise<Findings> {
  const backend = await gpu({ mode });
  const start = performance.now();
  const tally = await runConformance(() => backend);
  return { ...tally, adapter: backend.adapter, seconds: (performance.now() - start) / 1000 };
}

/** A page posts what it found, Node prints it. */
async function report(body: unknown): Promise<void> {
  const json = JSON.stringify(body);
  if (place.location) await fetch('/report', { method: 'POST', body: json });
  else place.process?.stdout.write(`${json}\n`, () => place.process?.exit());
}

const place = globalThis as { location?: Location; process?: NodeJS.Process };
const asked = place.location ? place.location.search.slice(1) : place.process?.argv[2];
findings(asked === 'webgl2' ? 'webgl2' : 'webgpu').then(report, (error) =>
  report({ error: String(error?.stack ?? error) }),
);
