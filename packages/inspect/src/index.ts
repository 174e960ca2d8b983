export { type LayerGradient, layerGradients } from '@unroll/trainers';
export { type ComparisonReport, comparisonReport } from './comparison/comparison-report.ts';
export type { Line, Panel, PanelChart, Place, Rule } from './comparison/panels.ts';
export { chartPicture } from './comparison/picture.ts';
export { type DiagramOptions, diagram } from './diagram/diagram.ts';
export {
  type ActivationDerivative,
  activationDerivatives,
  derivativeOf,
} from './dynamics/activation-derivatives.ts';
export {
  type GateSaturation,
  gateSaturation,
  type SaturationOptions,
  type Shares,
} from './dynamics/gate-saturation.ts';
export type { Histogram } from './dynamics/histogram.ts';
export type { Traced } from './dynamics/layers-of.ts';
export type { Complex, Matrix } from './dynamics/matrix.ts';
export { type PrincipalComponents, principalComponents } from './dynamics/principal-components.ts';
export { type RecurrentSpectrum, recurrentSpectrum } from './dynamics/recurrent-spectrum.ts';
export type { SequenceJacobians } from './dynamics/sequence-jacobians.ts';
export { type StepJacobians, stepJacobians } from './dynamics/step-jacobians.ts';
export { type GradientFlow, type GradientWatch, watchGradients } from './gradient-flow.ts';
export { type Inside, lookInside } from './look-inside.ts';
export { type AttentionMap, drawAttention } from './pictures/attention.ts';
export { drawDerivatives } from './pictures/derivatives.ts';
export { drawEmbedding, type EmbeddingMap } from './pictures/embedding.ts';
export { drawGates, drawGateUnits } from './pictures/gates.ts';
export { drawGradients, drawLayers } from './pictures/gradients.ts';
export { drawJacobians } from './pictures/jacobians.ts';
export { drawSpectrum } from './pictures/spectrum.ts';
export { type DrawValuesOptions, drawValues } from './pictures/values.ts';
export type { Baseline, Curves, Point } from './points.ts';
export { type RunReport, runReport } from './report.ts';
export { type ReportCallbackOptions, reportCallback } from './report-callback.ts';
export type { Numbers } from './trace/rows.ts';
export type { TableOptions } from './trace/table.ts';
export { type Trace, type TraceOptions, trace } from './trace/trace.ts';
export type { LayerNumbers, TracedLayer } from './trace/traced-layer.ts';
