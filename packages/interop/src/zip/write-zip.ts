import { zipSync } from 'fflate';

/** A zip archive of stored entries. Equal entries in equal order give equal bytes: the date is always 1980. */
export function writeZip(entries: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const stored = { level: 0, mtime: new Date(1980, 0, 1) } as const;
  return zipSync(Object.fromEntries(entries), stored) as Uint8Array<ArrayBuffer>;
}
