interface Told<T> {
  readonly found?: T;
  readonly error?: string;
}

/** What a script in a worker of this page has told. */
export function inWorker<T>(url: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { type: 'module' });
    worker.onmessage = ({ data: { found, error } }: MessageEvent<Told<T>>) =>
      error === undefined ? resolve(found as T) : reject(new Error(error));
    worker.onerror = ({ message }) => reject(new Error(message));
  });
}

/** In a worker: tells its page what was found, or what went wrong. */
export function tell(finding: Promise<unknown>): void {
  const post = (told: Told<unknown>) => globalThis.postMessage(told);
  finding.then(
    (found) => post({ found }),
    (error) => post({ error: String(error?.stack ?? error) }),
  );
}
