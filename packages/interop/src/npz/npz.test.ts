import { readFileSync } from 'node:fs';
import { FileError } from '@unroll/backend';
import { ones, type Tensor, tensor, zeros } from '@unroll/tensor';
import { expectClose } from '@unroll/tensor/testing';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { decodeNpy } from './npy.ts';
import { decodeNpz, encodeNpz } from './npz.ts';

const fixtureOf = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/${name}.npz`, import.meta.url)));

/** A .npy file of version 1 with this header text. */
function npy(header: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(10 + header.length + data.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 255, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(data, 10 + header.length);
  return bytes;
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

describe.each(['plain', 'compressed'])('an archive that NumPy wrote, %s', (name) => {
  const { zeros: empty, ...arrays } = decodeNpz(fixtureOf(name));

  test('gives every dtype and shape', () => {
    expect(Object.entries(arrays).map(([key, x]) => `${key} ${x.dtype} [${x.shape}]`)).toEqual([
      'f8 float64 [2,1]',
      'f4 float32 [2,2]',
      'f2 float32 [6]',
      'i8 int32 [4]',
      'i4 int32 []',
      'b1 bool [3]',
      'empty float32 [0,4]',
      'fortran float32 [2,3,4]',
      'a/b.weight float32 [3]',
    ]);
  });

  test('gives the numbers', () => {
    const half = [1.5, -2, 65504, 2 ** -24, Number.NEGATIVE_INFINITY, -0];
    expect([...arrays.f8.dataSync()]).toEqual([0.1, -2.5e300]);
    expect([...arrays.f4.dataSync()]).toEqual([1.5, -0.25, Infinity, Math.fround(1e-45)]);
    expect([...arrays.f2.dataSync()]).toEqual(half);
    expect([...arrays.i8.dataSync()]).toEqual([2147483647, -2147483648, -1, 0]);
    expect(arrays.i4.itemSync()).toBe(-7);
    expect([...arrays.b1.dataSync()]).toEqual([1, 0, 1]);
  });

  test('with the first axis fastest is read in the order of its indices', () => {
    expect([...arrays.fortran.dataSync()]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  test('unpacks what was compressed', () => {
    if (name === 'compressed') expectClose(empty, zeros([100, 100]), 0);
    else expect(empty).toBeUndefined();
  });
});

describe('an archive that is written here', () => {
  const state: Record<string, Tensor> = {
    'rnn.weight': tensor([[1, 2, 3]]),
    wide: tensor([0.1], { dtype: 'float64' }),
    ids: tensor([-1, 5], { dtype: 'int32' }),
    mask: tensor([1, 0], { dtype: 'bool' }),
    scalar: tensor(7),
    empty: zeros([0, 3]),
  };

  test('is read back, names, dtypes, shapes and bits', async () => {
    const back = decodeNpz(await encodeNpz(state));
    expect(Object.keys(back)).toEqual(Object.keys(state));
    for (const [name, x] of Object.entries(back)) {
      expect([x.dtype, x.shape]).toEqual([state[name].dtype, state[name].shape]);
      expectClose(x, state[name], 0);
    }
  });

  test('has the same bytes each time, and numbers at multiples of 64', async () => {
    const bytes = await encodeNpz(state);
    expect(bytes).toEqual(await encodeNpz(new Map(Object.entries(state))));
    const read = decodeNpz(await encodeNpz({ x: ones([2]) }));
    expectClose(read.x, [1, 1], 0);
  });
});

describe('a .npy file that lies is refused in one sentence', () => {
  const float = new Uint8Array(Float32Array.of(1, 2).buffer);

  test.each([
    ['no magic', new Uint8Array(20), 'is no .npy file'],
    ['a later version', npy(header("'<f4'", '(2,)'), float).fill(9, 6, 7), 'has version 9.0'],
    ['a header beyond the end', npy('{     ').fill(255, 8, 10), 'the header claims 65535 bytes'],
    ['code in place of a dict', npy("__import__('os').system('x')"), 'the header is no dict'],
    ['code in place of a value', npy(header('exec("x")', '(2,)'), float), 'is no plain dtype'],
    ['a structured dtype', npy(header("[('a', '<f4')]", '(2,)'), float), 'is no plain dtype'],
    ['an object dtype', npy(header("'|O'", '(2,)'), float), 'dtype "|O" is not one that is read'],
    ['big-endian numbers', npy(header("'>f4'", '(2,)'), float), 'save x.astype("<f4")'],
    ['complex numbers', npy(header("'<c8'", '(1,)'), float), 'dtype "<c8" is not one'],
    ['a negative size', npy(header("'<f4'", '(-2,)'), float), 'shape (-2,)'],
    ['too many numbers', npy(header("'<f4'", '(3,)'), float), 'needs 12 bytes; it has 8'],
    ['a size that overflows', npy(header("'<f4'", '(999999999999999, 99999999)'), float), 'needs'],
    ['too few numbers', npy(header("'<f4'", '(1,)'), float), 'needs 4 bytes; it has 8'],
    ['a key twice', npy("{'shape': (2,), 'shape': (2,), }", float), 'each once'],
    ['a key too many', npy("{'descr': '<f4', 'x': 1}", float), 'each once'],
    ['a key too few', npy("{'descr': '<f4', }", float), 'each once'],
    ['text behind the dict', npy(`${header("'<f4'", '(2,)')}+ 1`, float), 'not as NumPy writes it'],
    ['a bool of 2', npy(header("'|b1'", '(1,)'), Uint8Array.of(2)), 'a bool is 0 or 1'],
  ])('%s', (_, bytes, words) => {
    const read = () => decodeNpy(bytes, { file: 'weights.npz', array: 'x' });
    expect(read).toThrow(FileError);
    expect(read).toThrow('weights.npz: array "x": ');
    expect(read).toThrow(words);
  });

  test('keys in another order and without the last comma are NumPy’s too', () => {
    const bytes = npy("{'shape': (1, 2), 'fortran_order': True, 'descr': '<f4'}", float);
    expect([...decodeNpy(bytes, { file: 'x' }).values]).toEqual([1, 2]);
  });

  test('pickled objects are refused', () => {
    expect(() => decodeNpz(fixtureOf('pickled'))).toThrow('array "thing": dtype "|O"');
  });
});

describe('a damaged archive', () => {
  const whole = fixtureOf('compressed');

  test('that is cut off anywhere is a FileError', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(() => decodeNpz(whole.subarray(0, length))).toThrow(FileError);
      }),
    );
  });

  test('with any byte changed gives a FileError or the same numbers', () => {
    const intact = decodeNpz(whole);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = whole.slice();
        bytes[at] ^= change;
        let read: Record<string, Tensor>;
        try {
          read = decodeNpz(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FileError);
          return;
        }
        // What no reader looks at: a date, the system that wrote it.
        const all = (tensors: Record<string, Tensor>) =>
          Object.entries(tensors).map(([name, x]) => [name, ...x.dataSync()]);
        expect(all(read)).toEqual(all(intact));
      }),
      { numRuns: 300 },
    );
  });

  test('of random bytes is a FileError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeNpz(bytes)).toThrow(FileError);
      }),
    );
  });
});

describe('a bomb', () => {
  const bomb = zipSync({ 'x.npy': new Uint8Array(2 ** 24) });
  const central = bomb.length - 22 - 46 - 'x.npy'.length;

  function withSize(size: number): Uint8Array {
    const bytes = bomb.slice();
    new DataView(bytes.buffer).setUint32(central + 24, size, true);
    return bytes;
  }

  test('is refused by what it would unpack to, before it is', () => {
    expect(() => decodeNpz(bomb, { maxBytes: 2 ** 20, file: 'bomb.npz' })).toThrow(
      'zip: bomb.npz: unpacks to 16777216 bytes; at most 1048576 are read (option maxBytes)',
    );
  });

  test('that hides its size is stopped at the size it claims', () => {
    expect(() => decodeNpz(withSize(100))).toThrow('unpacks to more than the 100 bytes it claims');
  });

  test('that claims more than can be is refused, and so is one that claims more than there is', () => {
    expect(() => decodeNpz(withSize(2 ** 31))).toThrow('which cannot be');
    expect(() => decodeNpz(withSize(2 ** 24 + 1))).toThrow('it claims 16777217');
  });

  test('of entries that share their bytes is refused', () => {
    const stored = { level: 0 } as const;
    const inner = zipSync({ b: new Uint8Array(9) }, stored).subarray(0, 30 + 1 + 9);
    const two = zipSync({ a: inner, b: new Uint8Array(9) }, stored);
    const secondEntry = two.length - 22 - 47;
    new DataView(two.buffer).setUint32(secondEntry + 42, 30 + 1, true);
    expect(() => decodeNpz(two)).toThrow('entry "b": begins inside "a"');
  });

  test('of entries with one name is refused', () => {
    const two = zipSync({ a: new Uint8Array(9), b: new Uint8Array(9) }, { level: 0 });
    two[two.length - 22 - 1] = 0x61;
    two[30 + 1 + 9 + 30] = 0x61;
    expect(() => decodeNpz(two)).toThrow('entry "a": stands in the directory twice');
  });
});
