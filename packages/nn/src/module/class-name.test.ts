import { manualSeed } from '@unroll/tensor';
import { expect, test } from 'vitest';
import * as nn from '../index.ts';
import { classNameOf, Linear, Module } from '../index.ts';
import { ownClassNames } from '../testing/class-names.ts';

test('every exported module says its name itself, so that a minified program draws the same numbers', () => {
  const names = ownClassNames(nn);
  expect(names.size).toBeGreaterThan(10);
  expect([...names.values()]).toEqual([...names.keys()]);
});

test('a renamed class keeps its stream and its summary', () => {
  class e extends Module {
    static readonly className = 'Scale';
    override forward(): void {}
  }
  manualSeed(1);
  const scale = new e();
  expect([scale.name, String(scale)]).toEqual(['Scale', 'Scale()']);
});

test('a class of the user’s that says none goes by its own name, not by that of its parent', () => {
  class Head extends Linear {}
  manualSeed(1);
  const sizes = { inputSize: 2, outputSize: 1 };
  expect(new Head(sizes).name).toBe('Head');
  expect([new Linear(sizes).name, new Linear(sizes).name]).toEqual(['Linear', 'Linear_1']);
  expect([classNameOf(Head), classNameOf(Linear)]).toEqual(['Head', 'Linear']);
});
