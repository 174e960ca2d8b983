import { DTypeError, UnrollError } from '@unroll/backend';
import { expect, test, vi } from 'vitest';
import { add, mul } from '../operations/arithmetic.ts';
import { tensor } from './create.ts';
import { Tensor } from './tensor.ts';

test('a tensor of a second copy of the engine is refused with both copies named', async () => {
  vi.resetModules();
  const other = await import('./create.ts');
  const stranger = other.tensor([1, 2]) as Tensor;
  expect(stranger).not.toBeInstanceOf(Tensor);
  const run = () => add(tensor([1, 2]), stranger);
  expect(run).toThrow(UnrollError);
  expect(run).toThrow(
    /^add: got a tensor of another copy of @unroll\/tensor: 0\.0\.0 from \S+engine\.ts\S*, beside 0\.0\.0 from \S+engine\.ts\S*\. Install one version only/,
  );
  expect(() => stranger.add(tensor([1, 2]) as never)).toThrow('add: got a tensor of another copy');
});

test('what is no tensor is refused by name', () => {
  const x = tensor([1]);
  expect(() => add(x, [1] as never)).toThrow(DTypeError);
  expect(() => add(x, [1] as never)).toThrow(
    'add: needs a tensor; got an array. Make one with tensor()?',
  );
  expect(() => mul(x, null as never)).toThrow('mul: needs a tensor; got null');
  expect(() => mul(x, '2' as never)).toThrow('mul: needs a tensor; got string');
  expect(() => add(1, 2)).toThrow('add: needs at least one tensor; got numbers only');
});

test('float32 and float64 do not mix, and integers follow the floats', () => {
  const [f32, f64, i32] = (['float32', 'float64', 'int32'] as const).map((dtype) =>
    tensor([2], { dtype }),
  );
  expect(() => add(f32, f64)).toThrow('add: got float32 and float64 together. cast() one of them');
  expect(add(f32, i32).dtype).toBe('float32');
  expect(add(f64, i32).dtype).toBe('float64');
  expect(add(i32, i32).dtype).toBe('int32');
  expect(add(i32, 0.5).dtype).toBe('float32');
});
