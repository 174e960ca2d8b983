import { UnsupportedError } from '@unroll/backend';
import { FunctionBuilder } from '../assembly/function.ts';
import { type Expression, f32x4 } from '../assembly/instructions.ts';
import { encodeModule } from '../assembly/module.ts';
import { type MultiplyAdd, multiplyThenAdd, type TileShape } from '../kernels/tile.ts';
import { canWiden } from './compile.ts';
import { isWideFaster } from './try-wide.ts';

/**
 * `relaxed` has multiply-add in one instruction, `plain` multiplies, rounds, then adds. `wide` is `relaxed` on an engine
 * that makes one instruction of two neighbouring ones, and gives the same bits.
 */
export type SimdKind = 'wide' | 'relaxed' | 'plain';

/** What kernels are made of. */
export interface Simd {
  readonly kind: SimdKind;
  readonly madd: MultiplyAdd;
  /**
   * The largest tile of a product, of whose sums sixteen registers hold all: 6 × 8 and 4 × 16 fill twelve and, at twice the
   * width, eight of them. Without multiply-add the products need registers too.
   */
  readonly tile: TileShape;
}

const kinds: Readonly<Record<SimdKind, Simd>> = {
  wide: { kind: 'wide', madd: f32x4.relaxedMadd, tile: { rows: 4, columns: 16 } },
  relaxed: { kind: 'relaxed', madd: f32x4.relaxedMadd, tile: { rows: 6, columns: 8 } },
  plain: { kind: 'plain', madd: multiplyThenAdd, tile: { rows: 4, columns: 8 } },
};

function accepts(value: Expression): boolean {
  const fn = new FunctionBuilder('probe', 0);
  fn.emit(fn.local('v128').set(value));
  return WebAssembly.validate(encodeModule([fn], { shared: false }));
}

let detected: SimdKind | undefined;

/** The best kind that this engine has; found once. */
export function detectSimd(): SimdKind {
  detected ??= tryKinds();
  return detected;
}

/** The same, found anew. */
export function tryKinds(): SimdKind {
  const one = f32x4.const(1);
  if (typeof WebAssembly === 'undefined' || !accepts(f32x4.add(one, one))) {
    throw new UnsupportedError(
      'wasm',
      'this engine has no WebAssembly SIMD; use the reference backend instead',
    );
  }
  if (!accepts(f32x4.relaxedMadd(one, one, one))) return 'plain';
  return canWiden() && isWideFaster(kinds.relaxed, kinds.wide) ? 'wide' : 'relaxed';
}

export function simdOf(kind: SimdKind): Simd {
  return kinds[kind];
}
