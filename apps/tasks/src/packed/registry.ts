import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Archive } from './archives.ts';

/** A registry that has these packages and no others. */
export interface Registry {
  readonly url: string;
  close(): void;
}

/** Serves packed packages as npm's registry does: a document for each, and its archive. */
export async function serve(archives: readonly Archive[]): Promise<Registry> {
  const byName = new Map(archives.map((archive) => [archive.manifest.name, archive]));
  let url = '';
  const server = createServer((request, response) => {
    const [name, file] = decodeURIComponent(request.url ?? '')
      .slice(1)
      .split('/-/');
    const archive = byName.get(name);
    if (archive === undefined) response.writeHead(404).end('{}');
    else if (file !== undefined) response.end(archive.content);
    else response.end(JSON.stringify(documentOf(archive, url)));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function documentOf({ manifest, integrity }: Archive, url: string) {
  const { name, version } = manifest;
  const dist = { tarball: `${url}${name}/-/${version}.tgz`, integrity };
  return {
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist } },
    time: { [version]: '2026-01-01T00:00:00.000Z' },
  };
}
