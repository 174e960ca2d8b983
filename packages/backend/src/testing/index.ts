export type { ConformanceOptions } from './conformance.ts';
export { conformance } from './conformance.ts';
export { relativeError, roundingTolerance, tolerances } from './tolerances.ts';
