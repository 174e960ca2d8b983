import { detectSimd, packedProduct } from '@unroll/wasm/testing';
import type { Facts } from '../../protocol.ts';
import type { Prepare, ProductSpec, Workload } from '../../specs.ts';

/** The tiles of our products on operands that are packed already: what `matmul` could reach at most. One thread. */
export function startPacked(): { prepare: Prepare; facts: Facts } {
  return { prepare, facts: { node: process.version, simd: detectSimd(), threads: 1 } };
}

const prepare: Prepare = (spec) => {
  if (spec.kind === 'product' && spec.m > 1) return product(spec);
  throw new Error('tiles are measured at products of several rows');
};

function product({ m, k, n, repeat }: ProductSpec): Workload {
  const values = (size: number) => Float32Array.from({ length: size }, () => Math.random() * 2 - 1);
  const packed = packedProduct(values(m * k), values(k * n), [m, k, n]);
  return {
    note: 'its operands are packed already',
    call() {
      for (let i = 0; i < repeat; i++) packed.run();
      return undefined;
    },
  };
}
