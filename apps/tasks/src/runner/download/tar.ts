import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { FileError } from '@unroll/backend';
import { createTarDecoder } from 'modern-tar';

/** A file of an archive. */
export interface ArchivedFile {
  readonly name: string;
  text(): Promise<string>;
}

/**
 * The files of a `.tar.gz`, one after another; folders are left out. `wanted` says which are read.
 *
 * @throws FileError for an archive that is broken, and for an entry that is a link or whose name leads out of the folder that
 * it would be unpacked to: no honest archive has one
 */
export async function* filesOfTar(
  path: string,
  wanted: (name: string) => boolean,
): AsyncGenerator<ArchivedFile> {
  const packed = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array<ArrayBuffer>>;
  const entries = packed
    .pipeThrough(new DecompressionStream('gzip'))
    .pipeThrough(createTarDecoder());
  try {
    for await (const { header, body } of entries) {
      refuseEscape(path, header);
      if (header.type === 'file' && wanted(header.name)) {
        yield { name: header.name, text: () => new Response(body).text() };
      } else await body.cancel();
    }
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const words = `${path}: the archive is cut off or broken (${(cause as Error).message})`;
    throw new FileError('download', words, { path }, cause);
  }
}

function refuseEscape(
  path: string,
  { name, type }: { readonly name: string; readonly type?: string | undefined },
): void {
  const parts = name.split(/[/\\]/);
  const leaves = parts.includes('..') || parts[0] === '' || /^[a-z]:/i.test(name);
  const isLink = type === 'link' || type === 'symlink';
  if (!leaves && !isLink) return;
  const why = leaves ? 'its name leads out of the folder' : 'it is a link';
  throw new FileError(
    'download',
    `${path}: the entry ${JSON.stringify(name)} is refused: ${why}. Nothing was unpacked.`,
    { path, name, type },
  );
}
