import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { prepare } from './find.ts';

const flags = [
  '--headless',
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  // A container's /dev/shm may be small.
  '--disable-dev-shm-usage',
];

/** What a page has for a GPU: none, one in software (SwiftShader), for WebGL2 and WebGPU alike, or the machine's own. */
const gpus = {
  none: ['--disable-gpu'],
  software: [
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--enable-features=Vulkan',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
  ],
  hardware: ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist'],
} as const;

export interface Site {
  /** Scripts by path. */
  readonly scripts: ReadonlyMap<string, string>;
  /** Sent with everything. */
  readonly headers: Readonly<Record<string, string>>;
  /** None without. */
  readonly gpu?: keyof typeof gpus;
  /** Goes into the page before its script, such as a map of imports. */
  readonly head?: string;
  /** What stands behind the page's address: `?a=1`. */
  readonly query?: string;
}

/** Seconds that a browser has to end when it is asked to. */
const patience = 5;

/**
 * Opens a page that loads `/page.js` in a browser; resolves to what the page posts to `/report`.
 *
 * @throws Error when the browser ends before that, or the page has not reported after so many seconds
 */
export async function visit(
  program: string,
  { scripts, headers, gpu = 'none', head = '', query = '' }: Site,
  seconds = 45,
): Promise<unknown> {
  const needs = await prepare(program);
  const reports = new EventEmitter<{ report: [unknown] }>();
  const server = createServer(async (request, response) => {
    const [status, type, body] = await answer(request, { scripts, head }, (x) =>
      reports.emit('report', x),
    );
    response.writeHead(status, { 'content-type': type, ...headers }).end(body);
  });
  const reported = once(reports, 'report');
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const profile = await mkdtemp(join(tmpdir(), 'unroll-browser-'));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${query}`;
  const options = [...flags, ...needs.flags, ...gpus[gpu], `--user-data-dir=${profile}`];
  const env = { ...process.env, ...needs.variables };
  const child = spawn(program, [...options, url], { env, stdio: 'ignore' });
  const ended = once(child, 'close').catch(() => undefined);
  const early = ended.then(() => {
    throw new Error(`${program} ended before the page has reported`);
  });
  const finished = new AbortController();
  const late = setTimeout(1000 * seconds, undefined, finished).then(() => {
    throw new Error(`the page has not reported after ${seconds} s in ${program}`);
  });
  try {
    const [report] = await Promise.race([reported, early, late]);
    return report;
  } finally {
    finished.abort();
    child.kill();
    const kill = setTimeout(1000 * patience, undefined, { ref: false });
    await Promise.race([ended, kill.then(() => child.kill('SIGKILL'))]);
    await ended;
    server.close();
    server.closeAllConnections();
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

type Answer = [status: number, type: string, body: string];

async function answer(
  request: IncomingMessage,
  { scripts, head }: { readonly scripts: Site['scripts']; readonly head: string },
  report: (body: unknown) => void,
): Promise<Answer> {
  const { pathname } = new URL(request.url ?? '/', 'http://host');
  if (pathname === '/report') {
    report(JSON.parse(await text(request)));
    return [204, 'text/plain', ''];
  }
  if (pathname === '/') {
    const page = `<!doctype html>${head}<script type="module" src="/page.js"></script>`;
    return [200, 'text/html', page];
  }
  const script = scripts.get(pathname);
  return script === undefined ? [404, 'text/plain', 'not found'] : [200, 'text/javascript', script];
}
