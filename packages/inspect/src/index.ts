export type { Baseline, Curves, Point } from './points.ts';
export { type RunReport, runReport } from './report.ts';
