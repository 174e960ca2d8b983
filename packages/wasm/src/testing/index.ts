export { detectSimd } from '../machine/simd.ts';
export { type PackedProduct, packedProduct } from './packed-product.ts';
