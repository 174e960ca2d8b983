export { constant, scaledIdentity, zeros } from './constant.ts';
export type { Initializer } from './initializer.ts';
export { orthogonal } from './orthogonal.ts';
export {
  type KaimingOptions,
  kaimingNormal,
  kaimingUniform,
  normal,
  uniform,
  xavierNormal,
  xavierUniform,
} from './random.ts';
