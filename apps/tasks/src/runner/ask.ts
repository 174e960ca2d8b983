import { createInterface, type Interface } from 'node:readline';

/** One for the process: a second one would miss the lines that the first has read ahead. */
let lines: { readonly face: Interface; readonly next: AsyncIterator<string> } | undefined;

/** Reads a line of the standard input, after a question where a person sits there; undefined at its end or after Ctrl-C. */
export async function ask(question: string, signal: AbortSignal): Promise<string | undefined> {
  lines ??= open();
  const { face, next } = lines;
  const close = () => face.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    face.setPrompt(question);
    if (process.stdin.isTTY) face.prompt();
    const { done, value } = await next.next();
    if (!done && value !== '') return value;
    face.close();
    return done ? undefined : value;
  } finally {
    signal.removeEventListener('abort', close);
  }
}

function open() {
  const face = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: process.stdin.isTTY,
  });
  // In a terminal Ctrl-C reaches readline first.
  face.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  return { face, next: face[Symbol.asyncIterator]() };
}
