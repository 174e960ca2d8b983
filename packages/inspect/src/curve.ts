import * as Plot from '@observablehq/plot';
import { formatNumber } from './format.ts';
import { Html, html } from './html.ts';
import { plotted } from './plotted.ts';
import { type Baseline, type Curves, drawable, type Point, thin, withRoom } from './points.ts';

/** Two drawings of one curve, because text in a picture shrinks with it: CSS shows the one that fits. */
const frames = {
  wide: { size: { width: 820, height: 400, marginRight: 128 }, fontSize: 12, ticks: 8 },
  narrow: { size: { width: 360, height: 300, marginRight: 16 }, fontSize: 11, ticks: 4 },
};

const mostPoints = 400;

/** The learning curve as inline SVG; its colours are CSS variables of the page. */
export function learningCurve(curves: Curves, frame: keyof typeof frames): Html {
  const train = thin(drawable(curves.train), mostPoints);
  const valid = drawable(curves.valid);
  const baselines = finite(curves);
  if (train.length + valid.length === 0) {
    return html`<p class="nothing">No step was recorded.</p>`;
  }
  const labels = frame === 'wide' ? withRoom(baselines, [...train, ...valid]) : new Set<Baseline>();
  const { size, fontSize, ticks } = frames[frame];
  const svg = plotted({
    ...size,
    marginLeft: 44,
    marginTop: 30,
    marginBottom: 42,
    style: { fontSize: `${fontSize}px` },
    ariaLabel: inWords(curves.unit, train, valid),
    x: { ...stepAxis, ticks },
    y: { label: `loss, ${curves.unit}`, grid: true, ticks: 6, tickSize: 0, nice: true },
    marks: [...baselineMarks(baselines, labels), ...trainMarks(train), ...validMarks(valid)],
  });
  return new Html(svg);
}

/** The names of the baselines with their values, in the colours of their lines. */
export function baselineLegend(curves: Curves): readonly Html[] {
  return finite(curves).map(
    ({ name, loss }, i) =>
      html`<span class="baseline" style="--line: ${colour(i)}">${name} <b>${formatNumber(loss)}</b></span>`,
  );
}

const stepAxis = {
  label: 'training step',
  labelAnchor: 'center',
  labelArrow: 'none',
  zero: true,
  tickSize: 0,
  tickFormat: (step: number) => formatNumber(step),
} as const;

const at = { x: 'step', y: 'loss' } as const;

/** Every point faintly, and over them their moving mean over a thirtieth of the run. */
function trainMarks(train: readonly Point[]) {
  const stroke = 'var(--train)';
  const window = { k: Math.max(1, Math.round(train.length / 30)), anchor: 'middle' } as const;
  return [
    Plot.lineY(train, { ...at, stroke, strokeWidth: 1, strokeOpacity: 0.35 }),
    Plot.lineY(train, Plot.windowY(window, { ...at, stroke, strokeWidth: 2 })),
  ];
}

function validMarks(valid: readonly Point[]) {
  const colour = 'var(--valid)';
  const title = ({ step, loss }: Point) => `step ${formatNumber(step)}: ${formatNumber(loss)}`;
  return [
    Plot.lineY(valid, { ...at, stroke: colour, strokeWidth: 2.5 }),
    Plot.dot(valid, { ...at, title, r: 4, fill: colour, stroke: 'var(--paper)', strokeWidth: 1.5 }),
  ];
}

function baselineMarks(baselines: readonly Baseline[], labels: ReadonlySet<Baseline>) {
  const beside = { frameAnchor: 'right', textAnchor: 'start', dx: 8 } as const;
  const lines = baselines.map(({ loss }, i) =>
    Plot.ruleY([loss], { stroke: colour(i), strokeDasharray: '5 4', strokeWidth: 1.5 }),
  );
  const names = baselines.map((baseline, i) =>
    labels.has(baseline)
      ? Plot.text([baseline.name], { ...beside, y: [baseline.loss], fill: colour(i) })
      : null,
  );
  return [...lines, ...names];
}

function colour(i: number): string {
  return `var(--baseline-${i % 3})`;
}

function finite({ baselines = [] }: Curves): readonly Baseline[] {
  return baselines.filter(({ loss }) => Number.isFinite(loss));
}

/** The curve in words, for those who cannot see it. */
function inWords(unit: string, train: readonly Point[], valid: readonly Point[]): string {
  const say = (name: string, points: readonly Point[]) => {
    const [first, last] = [points[0], points[points.length - 1]];
    return `${name} loss from ${formatNumber(first.loss)} to ${formatNumber(last.loss)}`;
  };
  const parts = [
    ...(train.length > 0 ? [say('training', train)] : []),
    ...(valid.length > 0 ? [say('validation', valid)] : []),
  ];
  return `Learning curve in ${unit}: ${parts.join('; ')}`;
}
