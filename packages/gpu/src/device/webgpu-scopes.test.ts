import { expect, test } from 'vitest';
import type { WebGpuError } from './gpu-js.ts';
import { Refusal } from './link.ts';
import { watched } from './webgpu-scopes.ts';

class GPUOutOfMemoryError extends Error {}
class GPUValidationError extends Error {}

class FakeScopes {
  readonly scopes: string[] = [];
  /** What scopes will catch, by kind. */
  readonly errors: Record<string, WebGpuError[]> = { validation: [], 'out-of-memory': [] };

  pushErrorScope(kind: string): void {
    this.scopes.push(kind);
  }

  async popErrorScope(): Promise<WebGpuError | null> {
    return this.errors[this.scopes.pop() ?? '']?.shift() ?? null;
  }
}

test('work that is watched gives its result, its own error, or what the driver says, memory first', async () => {
  const made = new FakeScopes();
  const watch = <T>(work: () => Promise<T>) => watched(made, work);
  expect(await watch(async () => 5)).toBe(5);
  const broken = watch(() => Promise.reject(new TypeError('a bug')));
  await expect(broken).rejects.toThrow(TypeError);
  made.errors.validation.push(new GPUValidationError('an invalid buffer'));
  made.errors['out-of-memory'].push(new GPUOutOfMemoryError('no room'));
  const refused = await watch(() => Promise.reject(new Error('what came of it'))).catch((x) => x);
  expect(refused).toBeInstanceOf(Refusal);
  expect(refused.complaint).toEqual({ memory: true, words: 'no room' });
  made.errors.validation.push(new GPUValidationError('not like that'));
  const invalid = await watch(async () => 5).catch((x) => x);
  expect(invalid.complaint).toEqual({ memory: false, words: 'not like that' });
  expect(made.scopes).toEqual([]);
});

test('two backends on one device are watched one after the other, each with scopes of its own', async () => {
  const made = new FakeScopes();
  const depths: number[] = [];
  const work = async () => {
    await Promise.resolve();
    depths.push(made.scopes.length);
  };
  await Promise.all([watched(made, work), watched(made, work)]);
  expect(depths).toEqual([2, 2]);
});
