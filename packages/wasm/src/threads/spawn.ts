import type { TileShape } from '../kernels/tile.ts';

/** What a worker needs to begin. */
export interface Beginning {
  readonly memory: WebAssembly.Memory;
  /** The kernels that every machine has. */
  readonly kernels: WebAssembly.Module;
  readonly tile: TileShape;
  /** Where the BLAS is that the job's native products want; undefined where they want none. */
  readonly library: string | undefined;
  /** Its mailbox, how many workers share it, and which of them it is. */
  readonly address: number;
  readonly workers: number;
  readonly index: number;
}

/** A thread of its own, in Node or in a browser. It never keeps a process alive. */
export interface Thread {
  terminate(): void;
}

/** Node's own modules, without an import that a bundler for browsers would stumble over. */
export function nodeThreads(): typeof import('node:worker_threads') | undefined {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}

/** Whether this thread may have workers over one memory, and may wait for them: a page's own thread may not. */
export function canShare(): boolean {
  return sharingObstacle() === undefined;
}

/** Why it may not; undefined where it may. */
export function sharingObstacle(): string | undefined {
  if (typeof SharedArrayBuffer === 'undefined') return 'this engine has no SharedArrayBuffer';
  if ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false) {
    return 'the page is not cross-origin isolated, so memory cannot be shared';
  }
  if (nodeThreads() === undefined && typeof Worker === 'undefined') {
    return 'this thread cannot start workers';
  }
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1);
    return undefined;
  } catch {
    return "a page's own thread may not wait for others; compute in a worker";
  }
}

/**
 * Starts a worker.
 *
 * @param ended is called when it has ended or could not begin, with the reason
 */
export function spawn(
  url: string | URL,
  beginning: Beginning,
  ended: (reason: unknown) => void,
): Thread {
  const name = `unroll worker ${beginning.index + 1}`;
  const node = nodeThreads();
  if (node === undefined) {
    const worker = new Worker(url, { type: 'module', name });
    worker.onerror = (event) => ended(event.message);
    worker.postMessage(beginning);
    return worker;
  }
  const fromSource = String(url).endsWith('.ts');
  const options = fromSource ? { execArgv: ['--conditions=@unroll/source'] } : {};
  const worker = new node.Worker(url, { name, ...options });
  worker.on('error', ended);
  worker.on('exit', (code) => ended(`it ended with code ${code}`));
  worker.postMessage(beginning);
  worker.unref();
  return { terminate: () => void worker.terminate() };
}
