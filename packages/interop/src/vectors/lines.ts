import { FileError } from '@unroll/backend';

/** A text, its bytes, or a stream of either: `createReadStream(path)`, `(await fetch(url)).body`, `blob.stream()`. */
export type TextSource =
  | string
  | Uint8Array
  | ReadableStream<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>;

/** No word vector needs as much. */
const longestLine = 2 ** 24;

/** The lines of a text as it arrives, without their ends; the last one may lack its own. */
export async function* linesOf(source: TextSource, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  for await (const chunk of chunksOf(source)) {
    const text = typeof chunk === 'string' ? chunk : decode(decoder, chunk, file);
    const lines = (rest + text).split('\n');
    rest = lines.pop() as string;
    for (const line of lines) yield line.replace(/\r$/, '');
    if (rest.length > longestLine) {
      throw new FileError(
        'readWordVectors',
        `${file}: has a line of more than ${longestLine} characters`,
        { file },
      );
    }
  }
  rest += decode(decoder, undefined, file);
  if (rest !== '') yield rest.replace(/\r$/, '');
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, file: string): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch (cause) {
    const words = `${file}: is no UTF-8 text (the binary format of word2vec is not read: save with binary=False)`;
    throw new FileError('readWordVectors', words, { file }, cause);
  }
}

async function* chunksOf(source: TextSource): AsyncGenerator<Uint8Array | string> {
  if (typeof source === 'string' || source instanceof Uint8Array) yield source;
  else if ('getReader' in source) yield* chunksOfStream(source);
  else yield* source;
}

/** Not every browser iterates streams. */
async function* chunksOfStream(stream: ReadableStream<Uint8Array | string>) {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}
