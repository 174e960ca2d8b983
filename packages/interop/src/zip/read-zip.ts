import { Inflate } from 'fflate';
import { crc32 } from './crc32.ts';
import { type Archive, type DirectoryEntry, fail, readDirectory } from './directory.ts';

/** What archives unpack to at most, unless the caller says otherwise: 4 GiB. */
const defaultLimit = 2 ** 32;

/** Fed in pieces, so that an entry that unpacks to more than it says is noticed after at most 64 MiB. */
const piece = 2 ** 16;

/**
 * The entries of a zip archive by name, each unpacked when it is asked for. Nothing in the archive is trusted: sizes,
 * places and check sums must hold.
 *
 * @param limit bytes that all entries may unpack to together; default 4 GiB
 * @throws FileError naming the file and the entry
 */
export function readZip(
  archive: Archive,
  limit: number = defaultLimit,
): Map<string, () => Uint8Array<ArrayBuffer>> {
  const entries = readDirectory(archive, limit);
  return new Map(entries.map((entry) => [entry.name, () => unpack(archive, entry)]));
}

function unpack(archive: Archive, entry: DirectoryEntry): Uint8Array<ArrayBuffer> {
  const bytes = entry.method === 0 ? new Uint8Array(entry.packed) : inflate(archive, entry);
  if (crc32(bytes) !== entry.crc) {
    fail(archive, 'its check sum is wrong: the file was changed or damaged', entry.name);
  }
  return bytes;
}

function inflate(archive: Archive, { name, packed, size }: DirectoryEntry) {
  const out = new Uint8Array(size);
  let length = 0;
  const stream = new Inflate((chunk) => {
    if (length + chunk.length <= size) out.set(chunk, length);
    length += chunk.length;
  });
  for (let at = 0; at === 0 || at < packed.length; at += piece) {
    try {
      stream.push(packed.subarray(at, at + piece), at + piece >= packed.length);
    } catch (cause) {
      fail(archive, `cannot be unpacked: ${(cause as Error).message}`, name);
    }
    if (length > size) fail(archive, `unpacks to more than the ${size} bytes it claims`, name);
  }
  if (length < size) fail(archive, `unpacks to ${length} bytes; it claims ${size}`, name);
  return out;
}

/** Whether bytes begin as a zip archive does. */
export function looksLikeZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] <= 8 && bytes[3] <= 8;
}
