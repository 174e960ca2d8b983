import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** A server of static files, as any host of them is. */
export interface StaticServer {
  /** With the base, and a slash at the end. */
  readonly url: string;
  close(): void;
}

/** Serves a folder under a path. A file `a.html` answers to `a` too. */
export async function serve(
  folder: string,
  base: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<StaticServer> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://host');
    const file =
      pathname.startsWith(base) && fileAt(folder, decodeURIComponent(pathname.slice(base.length)));
    if (!file) {
      response.writeHead(404, headers).end();
      return;
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain', ...headers });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${base}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function fileAt(folder: string, path: string): string | undefined {
  const files = [path, `${path}.html`, join(path, 'index.html')].map((name) => join(folder, name));
  return files.find((file) => existsSync(file) && statSync(file).isFile());
}
