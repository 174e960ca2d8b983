import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { browser, visit } from '@unroll/backend/testing/browser';
import { bundled } from '@unroll/gpu/testing/bundle';

// A peer in a page of a headless browser: `node relay.ts <software|hardware> <peer> <words…>`. To the bench this process
// is the peer: lines that come in go to the page, and what the page answers goes out.
const [adapter, peer, ...words] = process.argv.slice(2);
const page = fileURLToPath(new URL('./page.ts', import.meta.url));

/** The day, in seconds: what a page may take at most. */
const patience = 86_400;

/** A package says that a file of its own has no effect, when it registers derivatives. */
const bundling = { logLevel: 'silent', ignoreAnnotations: true } as const;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const server = createServer(async (request, response) => {
  const headers = { 'access-control-allow-origin': '*' };
  if (request.url === '/answer') {
    process.stdout.write(`${await text(request)}\n`);
    response.writeHead(204, headers).end();
    return;
  }
  const { done, value } = await lines.next();
  if (done) response.writeHead(204, headers).end();
  else response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(value);
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address() as AddressInfo;
const query = new URLSearchParams([
  ['port', String(port)],
  ['peer', peer],
  ...words.map((word) => ['word', word] as [string, string]),
]);
try {
  const scripts = new Map([['/page.js', await bundled(page, bundling)]]);
  const gpu = adapter === 'hardware' ? 'hardware' : 'software';
  const site = { scripts, headers: {}, gpu, query: `?${query}` } as const;
  await visit(browser as string, site, patience);
} finally {
  server.close();
  server.closeAllConnections();
  process.stdin.destroy();
}
