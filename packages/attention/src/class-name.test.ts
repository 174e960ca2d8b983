import { Module } from '@unroll/nn';
import { expect, test } from 'vitest';
import * as attention from './index.ts';

const modules = Object.entries(attention).filter(
  ([, value]) => typeof value === 'function' && value.prototype instanceof Module,
);

test('every exported layer says its name itself, so that a minified program draws the same numbers', () => {
  expect(modules.length).toBeGreaterThanOrEqual(9);
  for (const [name, module] of modules) {
    expect(Object.getOwnPropertyDescriptor(module, 'className')?.value, name).toBe(name);
  }
});
