import { readFileSync } from 'node:fs';
import { allocate, dtypes, FileError, OptionError, ShapeError, sizeOf } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeArrays, encodeArrays, type HostArray } from './arrays.ts';

const name = fc.string({ unit: 'grapheme' }).filter((text) => !/^__(proto|metadata)__$/.test(text));

const array: fc.Arbitrary<HostArray> = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
  })
  .chain(({ dtype, shape }) => {
    const size = sizeOf(shape);
    const element =
      dtype === 'bool' ? fc.nat({ max: 1 }) : dtype === 'int32' ? fc.integer() : fc.double();
    return fc.array(element, { minLength: size, maxLength: size }).map((list) => {
      const values = allocate(dtype, size);
      values.set(list);
      return { dtype, shape, values };
    });
  });

const arrays = fc.dictionary(name, array, { noNullPrototype: true });
const metadata = fc.dictionary(name, fc.string({ unit: 'grapheme' }), { noNullPrototype: true });

describe('encodeArrays and decodeArrays', () => {
  test('give back any arrays and metadata to the bit', () => {
    fc.assert(
      fc.property(arrays, metadata, (tensors, strings) => {
        const decoded = decodeArrays(encodeArrays(tensors, strings));
        expect(decoded.arrays).toEqual(tensors);
        expect(decoded.metadata).toEqual(strings);
      }),
      { numRuns: 300 },
    );
  });

  test('read from bytes that lie anywhere in a larger buffer', () => {
    const values = Float64Array.of(1, 2);
    const bytes = encodeArrays({ x: { dtype: 'float64', shape: [2], values } });
    const larger = new Uint8Array(bytes.length + 3);
    larger.set(bytes, 3);
    expect(decodeArrays(larger.subarray(3)).arrays.x.values).toEqual(values);
    expect(decodeArrays(bytes.buffer).arrays.x.values).toEqual(values);
  });

  test('write the same bytes whatever the order, every tensor aligned', () => {
    fc.assert(
      fc.property(arrays, (tensors) => {
        const backwards = Object.fromEntries(Object.entries(tensors).reverse());
        const bytes = encodeArrays(tensors);
        expect(encodeArrays(backwards)).toEqual(bytes);
        const header = headerOf(bytes);
        expect(new TextEncoder().encode(header).length % 8).toBe(0);
        for (const [key, entry] of Object.entries<{ data_offsets: number[] }>(JSON.parse(header))) {
          expect(entry.data_offsets[0] % tensors[key].values.BYTES_PER_ELEMENT).toBe(0);
        }
      }),
    );
  });

  test('write the bytes that the format states', () => {
    const values = Float32Array.of(1, -2);
    const bytes = encodeArrays({ x: { dtype: 'float32', shape: [2], values } }, { a: 'b' });
    const text = '{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(80n);
    expect(headerOf(bytes)).toBe(text.padEnd(80));
    expect([...bytes.slice(88)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
  });

  test('read a file that Python wrote, unaligned and with every dtype', () => {
    const fixture = new URL('./fixtures/every-dtype.safetensors', import.meta.url);
    const { arrays: read, metadata: strings } = decodeArrays(readFileSync(fixture));
    expect(strings).toEqual({ 'made by': 'Python', umlaut: 'ü' });
    expect(read).toEqual({
      flags: { dtype: 'bool', shape: [3], values: Uint8Array.of(1, 0, 1) },
      f64: { dtype: 'float64', shape: [2, 1], values: Float64Array.of(0.1, -2.5e300) },
      empty: { dtype: 'float32', shape: [0, 4], values: new Float32Array(0) },
      f32: {
        dtype: 'float32',
        shape: [2, 2],
        values: Float32Array.of(1.5, -0.25, Number.POSITIVE_INFINITY, 1e-45),
      },
      f16: {
        dtype: 'float32',
        shape: [6],
        values: Float32Array.of(1.5, -2, 65504, 2 ** -24, Number.NEGATIVE_INFINITY, -0),
      },
      bf16: { dtype: 'float32', shape: [3], values: Float32Array.of(1, -3.140625, 3.3895314e38) },
      scalar: { dtype: 'int32', shape: [], values: Int32Array.of(-7) },
      i64: { dtype: 'int32', shape: [4], values: Int32Array.of(2147483647, -2147483648, -1, 0) },
    });
  });

  test('read every half precision number as the number it is', () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const { x } = decodeArrays(fileOf('F16', [65536], new Uint8Array(bits.buffer))).arrays;
    x.values.forEach((value, i) => {
      const sign = i & 0x8000 ? -1 : 1;
      const exponent = (i >> 10) & 31;
      const mantissa = i & 1023;
      const expected =
        exponent === 31
          ? mantissa === 0
            ? sign * Number.POSITIVE_INFINITY
            : Number.NaN
          : exponent === 0
            ? (sign * mantissa) / 2 ** 24
            : (sign * (1024 + mantissa) * 2 ** exponent) / 2 ** 25;
      if (!Object.is(value, expected)) expect(value, `bits ${i}`).toBe(expected);
    });
  });

  test('refuse an integer that int32 cannot hold, and a bool that is neither 0 nor 1', () => {
    for (const value of [2147483648n, -2147483649n, 1n << 62n, -1n << 63n, 1n << 32n]) {
      const bytes = new Uint8Array(BigInt64Array.of(5n, value).buffer);
      const read = () => decodeArrays(fileOf('I64', [2], bytes), { file: 'ids' });
      expect(read).toThrow(FileError);
      expect(read).toThrow(`ids: tensor "x": element 1 is ${value}, which does not fit int32`);
    }
    expect(() => decodeArrays(fileOf('BOOL', [2], Uint8Array.of(1, 2)))).toThrow(
      'file: tensor "x": element 1 is 2; a bool is 0 or 1',
    );
  });

  const one: HostArray = { dtype: 'float32', shape: [1], values: new Float32Array(1) };
  test.each([
    [
      '__metadata__',
      OptionError,
      () => encodeArrays({ __metadata__: one }),
      /"__metadata__" is res/,
    ],
    [
      '__proto__',
      OptionError,
      () => encodeArrays({ ['__proto__']: one }),
      /"__proto__" is reserved/,
    ],
    ['a broken name', OptionError, () => encodeArrays({ '\ud800': one }), /well-formed/],
    [
      'broken metadata',
      OptionError,
      () => encodeArrays({}, { a: '\udc00' }),
      /metadata "a" must be w/,
    ],
    [
      'numbers as metadata',
      OptionError,
      () => encodeArrays({}, { a: 1 as never }),
      /JSON\.stringify/,
    ],
    [
      'a short array',
      ShapeError,
      () => encodeArrays({ w: { ...one, shape: [3] } }),
      /"w": shape \[3\]/,
    ],
    [
      'values of another dtype',
      OptionError,
      () => encodeArrays({ w: { ...one, dtype: 'int32' } }),
      /"w": values are not int32/,
    ],
  ])('refuse to write %s', (_, error, act, words) => {
    expect(act).toThrow(error);
    expect(act).toThrow(words);
  });
});

function headerOf(bytes: Uint8Array<ArrayBuffer>): string {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return new TextDecoder().decode(bytes.subarray(8, 8 + length));
}

function fileOf(dtype: string, shape: number[], data: Uint8Array): Uint8Array {
  const header = { x: { dtype, shape, data_offsets: [0, data.length] } };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}
