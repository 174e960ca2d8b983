export { type ComparisonReport, comparisonReport } from './comparison/comparison-report.ts';
export type { Line, Panel, PanelChart, Place, Rule } from './comparison/panels.ts';
export { chartPicture } from './comparison/picture.ts';
export { type GradientFlow, type GradientWatch, watchGradients } from './gradient-flow.ts';
export { type LayerGradient, layerGradients } from './layer-gradients.ts';
export type { Baseline, Curves, Point } from './points.ts';
export { type RunReport, runReport } from './report.ts';
export { type ReportCallbackOptions, reportCallback } from './report-callback.ts';
