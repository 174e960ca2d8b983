/** The check sum of a zip entry (CRC-32, polynomial 0xEDB88320, ISO 3309). */
export function crc32(bytes: Uint8Array): number {
  const table = remainders();
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

let made: Int32Array | undefined;

/** The remainder of every byte; made when it is first needed. */
function remainders(): Int32Array {
  if (made) return made;
  made = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    }
    made[byte] = remainder;
  }
  return made;
}
