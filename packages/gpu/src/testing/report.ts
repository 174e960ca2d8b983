const place = globalThis as { location?: Location; process?: NodeJS.Process };

/** Finds something out on the way to the GPU that is asked for, and tells it: a page posts it, Node prints it. */
export async function report(find: (mode: 'webgpu' | 'webgl2') => Promise<unknown>): Promise<void> {
  const asked = place.location ? place.location.search.slice(1) : place.process?.argv[2];
  const found = await find(asked === 'webgl2' ? 'webgl2' : 'webgpu').catch((error: unknown) => ({
    error: error instanceof Error ? `${error.message}\n${error.stack}` : String(error),
  }));
  const json = JSON.stringify(found);
  if (place.location) await fetch('/report', { method: 'POST', body: json });
  else place.process?.stdout.write(`${json}\n`, () => place.process?.exit());
}
