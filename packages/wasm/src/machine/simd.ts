import { UnsupportedError } from '@unroll/backend';
import { FunctionBuilder } from '../assembly/function.ts';
import { type Expression, f32x4 } from '../assembly/instructions.ts';
import { encodeModule } from '../assembly/module.ts';
import { type MultiplyAdd, multiplyThenAdd, TILE_ROWS } from '../kernels/tile.ts';

/** `relaxed` has multiply-add in one instruction, `plain` multiplies, rounds, then adds. */
export type SimdKind = 'relaxed' | 'plain';

/** What kernels are made of. */
export interface Simd {
  readonly kind: SimdKind;
  readonly madd: MultiplyAdd;
  /** Rows of a product's tile: without multiply-add its products need registers too. */
  readonly tileRows: number;
}

const kinds: Readonly<Record<SimdKind, Simd>> = {
  relaxed: { kind: 'relaxed', madd: f32x4.relaxedMadd, tileRows: TILE_ROWS },
  plain: { kind: 'plain', madd: multiplyThenAdd, tileRows: 4 },
};

function accepts(value: Expression): boolean {
  const fn = new FunctionBuilder('probe', 0);
  fn.emit(fn.local('v128').set(value));
  return WebAssembly.validate(encodeModule([fn], { shared: false }));
}

/** The best kind that this engine has. */
export function detectSimd(): SimdKind {
  const one = f32x4.const(1);
  if (typeof WebAssembly === 'undefined' || !accepts(f32x4.add(one, one))) {
    throw new UnsupportedError(
      'wasm',
      'this engine has no WebAssembly SIMD; use the reference backend instead',
    );
  }
  return accepts(f32x4.relaxedMadd(one, one, one)) ? 'relaxed' : 'plain';
}

export function simdOf(kind: SimdKind): Simd {
  return kinds[kind];
}
