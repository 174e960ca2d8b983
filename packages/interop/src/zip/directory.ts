import { FileError } from '@unroll/backend';

/** An archive under examination: what is wrong with it is told in one way. */
export interface Archive {
  readonly bytes: Uint8Array;
  /** How it is called in messages. */
  readonly file: string;
}

/** What the directory of an archive says about one entry, checked as far as it can be without reading it. */
export interface DirectoryEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  readonly packed: Uint8Array;
  /** Bytes when unpacked. */
  readonly size: number;
}

interface Place {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

const endSize = 22;
const centralSize = 46;
const localSize = 30;
/** Deflate makes at most 1,032 bytes of one. */
const largestRatio = 1032;

export function fail({ file }: Archive, words: string, entry?: string): never {
  const where =
    entry === undefined ? file : `${file}: entry ${JSON.stringify(entry.slice(0, 100))}`;
  throw new FileError('zip', `${where}: ${words}`, { file, entry });
}

/**
 * The entries of a zip archive from its central directory (APPNOTE.TXT 4.3). Nothing is unpacked: entries may not overlap,
 * and their sizes must be possible and within `limit` together, so that reading them all is bounded.
 */
export function readDirectory(archive: Archive, limit: number): DirectoryEntry[] {
  const { bytes } = archive;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(archive, view);
  const count = view.getUint16(end + 10, true);
  const length = view.getUint32(end + 12, true);
  const start = view.getUint32(end + 16, true);
  // Its own end record lies before the old one.
  if (end >= 20 && view.getUint32(end - 20, true) === 0x07064b50)
    fail(archive, 'zip64 archives are not read');
  if (view.getUint16(end + 4, true) !== 0) fail(archive, 'archives in parts are not read');
  if (start + length !== end || view.getUint16(end + 8, true) !== count) {
    fail(archive, 'the directory is not where the end of the archive says');
  }
  const entries: DirectoryEntry[] = [];
  const places: Place[] = [];
  let position = start;
  for (let i = 0; i < count; i++) {
    if (position + centralSize > start + length || view.getUint32(position, true) !== 0x02014b50) {
      fail(archive, `the directory is cut off or broken at entry ${i + 1} of ${count}`);
    }
    const { entry, place, next } = readEntry(archive, view, position, start);
    entries.push(entry);
    places.push(place);
    position = next;
  }
  if (position !== end)
    fail(archive, `the directory holds more than the ${count} entries it counts`);
  checkTogether(archive, entries, places, limit);
  return entries;
}

/** The end record, searched from behind, since a comment may follow it. */
function findEnd(archive: Archive, view: DataView): number {
  const last = view.byteLength - endSize;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (at + endSize + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  fail(archive, 'has no directory of a zip archive; is it cut off?');
}

function readEntry(archive: Archive, view: DataView, at: number, dataEnd: number) {
  const { bytes } = archive;
  const nameLength = view.getUint16(at + 28, true);
  const nameEnd = at + centralSize + nameLength;
  const next = nameEnd + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  if (next > bytes.length) fail(archive, 'the directory is cut off');
  const name = textOf(bytes, at + centralSize, nameEnd);
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const crc = view.getUint32(at + 16, true);
  const [packedSize, size] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
  const begin = view.getUint32(at + 42, true);
  if (flags & 1) fail(archive, 'is encrypted', name);
  if (method !== 0 && method !== 8) {
    fail(archive, `compression method ${method} is not read (stored and deflate are)`, name);
  }
  if (begin + localSize > dataEnd || view.getUint32(begin, true) !== 0x04034b50) {
    fail(archive, `the directory says it begins at byte ${begin}, where no entry is`, name);
  }
  if (textOf(bytes, begin + localSize, begin + localSize + nameLength) !== name) {
    fail(archive, 'has another name in the directory than at its place', name);
  }
  const from =
    begin + localSize + view.getUint16(begin + 26, true) + view.getUint16(begin + 28, true);
  const end = from + packedSize;
  if (end > dataEnd) fail(archive, `claims ${packedSize} bytes, more than there are`, name);
  if (method === 0 ? size !== packedSize : size > packedSize * largestRatio) {
    fail(archive, `claims ${size} bytes unpacked from ${packedSize}, which cannot be`, name);
  }
  const entry = { name, method, crc, packed: bytes.subarray(from, end), size };
  return { entry, place: { name, begin, end }, next };
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  return new TextDecoder().decode(bytes.subarray(from, to));
}

/** No name twice, no byte in two entries (that is how bombs are built), and not too much together. */
function checkTogether(
  archive: Archive,
  entries: readonly DirectoryEntry[],
  places: Place[],
  limit: number,
): void {
  const names = new Set<string>();
  let total = 0;
  for (const { name, size } of entries) {
    if (names.has(name)) fail(archive, 'stands in the directory twice', name);
    names.add(name);
    total += size;
  }
  if (total > limit) {
    fail(archive, `unpacks to ${total} bytes; at most ${limit} are read (option maxBytes)`);
  }
  places.sort((a, b) => a.begin - b.begin);
  for (let i = 1; i < places.length; i++) {
    if (places[i].begin < places[i - 1].end) {
      fail(archive, `begins inside ${JSON.stringify(places[i - 1].name)}`, places[i].name);
    }
  }
}
