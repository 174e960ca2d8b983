import { FileError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeArrays, encodeArrays } from './arrays.ts';

/** A file with this header text and so many bytes of data. */
function file(header: string | Uint8Array, data = 0, claimed?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (begin: unknown, end: unknown, shape = '[1]', dtype = '"F32"') =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":[${begin},${end}]}`;

const hostile: [string, Uint8Array, RegExp][] = [
  ['an empty file', new Uint8Array(0), /too short .* 0 bytes/],
  ['half a length', new Uint8Array(7), /too short .* 7 bytes/],
  ['a header past the end', file('{}', 0, 3n), /claims 3 bytes, but the file ends after 10/],
  ['a header of 2⁶⁴ − 1 bytes', file('{}', 0, 2n ** 64n - 1n), /claims 18446744073709551615 bytes/],
  ['a header over 100 MB', file('{}', 0, 100_000_001n), /at most 100000000/],
  ['no header at all', file(''), /not JSON/],
  ['a header that is no JSON', file('{"x":'), /not JSON/],
  ['a header that is broken UTF-8', file(Uint8Array.of(0x7b, 0xff, 0x7d)), /not JSON/],
  ['a deep header', file('['.repeat(1_000_000)), /not JSON/],
  ['a byte order mark', file('\uFEFF{}'), /not JSON/],
  ['an array as header', file('[]'), /not a JSON object/],
  ['null as header', file('null'), /not a JSON object/],
  ['space before the header', file(' {}'), /not a JSON object/],
  ['a tensor twice', file(`{"x":${entry(0, 4)},"x":${entry(4, 8)}}`, 8), /key "x" twice/],
  [
    'a tensor twice, escaped',
    file(`{"x":${entry(0, 4)},"\\u0078":${entry(0, 4)}}`, 4),
    /"x" twice/,
  ],
  ['a dtype twice', file('{"x":{"dtype":"F32","dtype":"I32"}}'), /key "dtype" twice/],
  ['metadata that is a list', file('{"__metadata__":["a"]}'), /__metadata__ must be an object/],
  ['metadata that is a number', file('{"__metadata__":{"a":1}}'), /__metadata__ "a" must be a str/],
  [
    '__proto__ in metadata',
    file('{"__metadata__":{"__proto__":"a"}}'),
    /metadata key .* "__proto__"/,
  ],
  ['a tensor called __proto__', file(`{"__proto__":${entry(0, 4)}}`, 4), /called "__proto__"/],
  ['a tensor that is null', file('{"x":null}'), /tensor "x": must be described by an object/],
  ['no dtype', file('{"x":{}}'), /tensor "x": dtype undefined is not one/],
  [
    'an unknown dtype',
    file(`{"x":${entry(0, 1, '[1]', '"U8"')}}`, 1),
    /"x": dtype "U8" .*\(F64, F32/,
  ],
  ['a dtype that objects inherit', file('{"x":{"dtype":"constructor"}}'), /dtype "constructor"/],
  ['a dtype that is no string', file('{"x":{"dtype":["F32"]}}'), /dtype \["F32"\]/],
  ['no shape', file('{"x":{"dtype":"F32"}}'), /"x": shape undefined must be/],
  ['a negative size', file(`{"x":${entry(0, 4, '[-1]')}}`, 4), /"x": shape \[-1\]/],
  ['a size of one half', file(`{"x":${entry(0, 4, '[0.5]')}}`, 4), /"x": shape \[0.5\]/],
  ['an infinite size', file(`{"x":${entry(0, 4, '[1e999]')}}`, 4), /"x": shape/],
  ['NaN as a size', file(`{"x":${entry(0, 4, '[NaN]')}}`, 4), /not JSON/],
  ['a size as text', file(`{"x":${entry(0, 4, '["1"]')}}`, 4), /"x": shape \["1"\]/],
  ['a huge size', file(`{"x":${entry(0, 4, '[4294967296]')}}`, 4), /needs 17179869184 bytes/],
  [
    'sizes whose product wraps',
    file(`{"x":${entry(0, 0, '[4294967296,4294967296]')}}`),
    /needs Inf/,
  ],
  ['no offsets', file('{"x":{"dtype":"F32","shape":[]}}'), /"x": data_offsets undefined must be/],
  [
    'one offset',
    file('{"x":{"dtype":"F32","shape":[],"data_offsets":[0]}}', 4),
    /data_offsets \[0\]/,
  ],
  ['a negative offset', file(`{"x":${entry(-4, 0)}}`, 4), /"x": data_offsets \[-4,0\]/],
  ['offsets backwards', file(`{"x":${entry(4, 0)}}`, 4), /"x": data_offsets \[4,0\]/],
  ['an offset of one half', file(`{"x":${entry(0.5, 4.5)}}`, 5), /"x": data_offsets/],
  ['a size that the shape denies', file(`{"x":${entry(0, 8)}}`, 8), /needs 4 bytes, .* hold 8/],
  [
    'offsets past the end',
    file(`{"x":${entry(0, 8, '[2]')}}`, 4),
    /"x": ends at 8, .* has 4 bytes/,
  ],
  [
    'overlapping tensors',
    file(`{"a":${entry(0, 8, '[2]')},"b":${entry(4, 8)}}`, 8),
    /tensor "b": starts at 4, inside tensor "a" \(ends at 8\)/,
  ],
  [
    'two tensors in one place',
    file(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4),
    /"b": .* inside/,
  ],
  [
    'a hole at the start',
    file(`{"a":${entry(4, 8)}}`, 8),
    /"a": starts at 4, a hole after the header/,
  ],
  [
    'a hole',
    file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12),
    /"b": .* a hole after tensor "a"/,
  ],
  ['bytes at the end', file(`{"a":${entry(0, 4)}}`, 5), /1 bytes after tensor "a" belong to no/],
  ['data without tensors', file('{}', 3), /3 bytes after the header belong to no tensor/],
];

describe('readHeader', () => {
  test.each(hostile)('refuses %s', (_, bytes, words) => {
    const read = () => decodeArrays(bytes, { file: 'weights.safetensors' });
    expect(read).toThrow(FileError);
    expect(read).toThrow(words);
    expect(read).toThrow(/^safetensors: weights\.safetensors: /);
  });

  test('keeps its messages short however long the lie is', () => {
    const long = `"${'x'.repeat(100_000)}"`;
    try {
      decodeArrays(file(`{${long}:{"dtype":${long}}}`));
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(500);
    }
  });

  test('takes names that objects inherit, as any other name', () => {
    const bytes = file(`{"constructor":${entry(0, 4)},"toString":${entry(4, 8)}}`, 8);
    expect(Object.keys(decodeArrays(bytes).arrays)).toEqual(['constructor', 'toString']);
  });

  test('takes empty tensors wherever they lie between others', () => {
    const empty = entry(4, 4, '[0,3]');
    const { arrays } = decodeArrays(
      file(`{"a":${entry(0, 4)},"e":${empty},"b":${entry(4, 8)}}`, 8),
    );
    expect(arrays.e.values.length).toBe(0);
    expect(Object.keys(arrays)).toEqual(['a', 'e', 'b']);
  });

  test('answers any damaged file with its arrays or one FileError', () => {
    const sound = encodeArrays(
      {
        'lstm.0.W': { dtype: 'float32', shape: [2, 4], values: new Float32Array(8) },
        ids: { dtype: 'int32', shape: [3], values: new Int32Array(3) },
        mask: { dtype: 'bool', shape: [2], values: new Uint8Array(2) },
      },
      { format: '1' },
    );
    const flips = fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { maxLength: 4 });
    let refused = 0;
    fc.assert(
      fc.property(flips, fc.nat(sound.length), fc.boolean(), (changes, length, cut) => {
        const bytes = sound.slice(0, cut ? length : undefined);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const { arrays } = decodeArrays(bytes);
          const read = Object.values(arrays).reduce(
            (sum, { values }) => sum + values.byteLength,
            0,
          );
          // What was read may be wide of the truth, but not of the file's size (I64 halves, F16 doubles).
          expect(read).toBeLessThanOrEqual(2 * bytes.length);
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
          refused++;
        }
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });

  test('answers any bytes after a sound length with arrays or one FileError', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(8), (text, data) => {
        try {
          expect(decodeArrays(file(text, data)).arrays).toEqual({});
        } catch (error) {
          if (!(error instanceof FileError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
