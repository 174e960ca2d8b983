/** What stands under a field's number; a list is the field again and again. */
type Value = number | string | Float | Uint8Array | Message | undefined;

/** A protobuf message as its fields by number, to be written in the order of the object. */
export interface Message {
  readonly [field: number]: Value | readonly Value[];
}

/** A number that is written as float32 and not as an integer. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/**
 * The bytes of a message: integers as varints, texts, bytes and messages with their length before them, packed lists nowhere
 * (readers take both).
 *
 * Format: https://protobuf.dev/programming-guides/encoding/
 */
export function encodeMessage(message: Message): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  for (const [field, value] of Object.entries(message)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) chunks.push(...encodeField(Number(field), one));
    }
  }
  return join(chunks);
}

function encodeField(field: number, value: Exclude<Value, undefined>): Uint8Array[] {
  if (typeof value === 'number') return [varint(field << 3), varint(value)];
  if (value instanceof Float) {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value.value, true);
    return [varint((field << 3) | 5), bytes];
  }
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : bytesOf(value);
  return [varint((field << 3) | 2), varint(bytes.length), bytes];
}

function bytesOf(value: Uint8Array | Message): Uint8Array {
  return value instanceof Uint8Array ? value : encodeMessage(value);
}

/** Seven bits at a time, the lowest first; a negative number as its 64-bit complement. */
function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function join(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
