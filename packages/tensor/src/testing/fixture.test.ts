import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileError } from '@unroll/backend';
import { afterAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../core/tensor.ts';
import { fixture } from './fixture.ts';

const root = mkdtempSync(join(tmpdir(), 'unroll-fixture-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('fixture', () => {
  test('is found above the test, and its tensors come back as tensors', () => {
    mkdirSync(join(root, 'fixtures'));
    const x = { dtype: 'float64', shape: [1, 2], data: [0.1, -3] };
    writeFileSync(join(root, 'fixtures', 'small.json'), JSON.stringify({ cases: [{ x, n: 2 }] }));
    const url = pathToFileURL(join(root, 'src', 'deep', 'a.test.ts')).href;
    const [found] = fixture<{ cases: { x: Tensor; n: number }[] }>(url, 'small').cases;
    expect(found.n).toBe(2);
    expect(found.x.dtype).toBe('float64');
    expect(found.x.shape).toEqual([1, 2]);
    expect([...found.x.dataSync()]).toEqual([0.1, -3]);
  });

  test('that is nowhere is an error that names it', () => {
    const url = pathToFileURL(join(root, 'a.test.ts')).href;
    expect(() => fixture(url, 'missing')).toThrow(FileError);
    expect(() => fixture(url, 'missing')).toThrow('fixtures/missing.json');
  });
});
