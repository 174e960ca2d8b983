import { reference } from '@unroll/backend';
import { beforeEach, expect, test, vi } from 'vitest';

const made = vi.hoisted(() => ({ count: 0 }));

vi.mock('@unroll/wasm', async (original) => {
  const { wasm, ...rest } = await original<typeof import('@unroll/wasm')>();
  const counted: typeof wasm = (options) => {
    made.count += 1;
    return wasm(options);
  };
  return { ...rest, wasm: counted };
});

beforeEach(() => {
  made.count = 0;
  vi.resetModules();
});

const load = () => import('./engine.ts');

test('who chooses a backend first gets no other one made', async () => {
  const { currentBackend, useBackend } = await load();
  const own = reference();
  expect(useBackend(own)).toBeUndefined();
  expect(currentBackend()).toBe(own);
  expect(made.count).toBe(0);
});

test('undefined brings back the standard backend, which is made once', async () => {
  const { currentBackend, reasonForBackend, useBackend } = await load();
  const own = reference();
  const none = useBackend(own);
  expect(reasonForBackend()).toBe('useBackend() was called with it');
  expect(useBackend(none)).toBe(own);
  const standard = currentBackend();
  expect(standard.name).toBe('wasm');
  expect(useBackend(own)).toBe(standard);
  expect(useBackend(undefined)).toBe(own);
  expect(currentBackend()).toBe(standard);
  expect(reasonForBackend()).toContain('the fastest');
  expect(made.count).toBe(1);
});
