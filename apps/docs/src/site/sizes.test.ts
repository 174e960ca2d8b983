import { expect, test } from 'vitest';
import { installLine } from '../theme/installs.ts';
import { sizes } from './sizes.ts';

test('sizes are those of our own imports', () => {
  const metrics = {
    'size.gru-training.unroll.gzipBytes': 33_000,
    'size.gru-training.tfjs.gzipBytes': 300_000,
    'size.cpu-stack.unroll.gzipBytes': 79_000,
  };
  const found = sizes(JSON.stringify({ name: 'size', metrics }));
  expect(found).toEqual({ 'gru-training': 33_000, 'cpu-stack': 79_000 });
});

test('the line for the shell names each package once', () => {
  const line = installLine('pnpm add', ['tensor', 'loop', 'use']);
  expect(line).toBe(
    'pnpm add @unroll/tensor @unroll/cells @unroll/nn @unroll/optimizers @unroll/models',
  );
  expect(installLine('npm install', [])).toBe('');
});
