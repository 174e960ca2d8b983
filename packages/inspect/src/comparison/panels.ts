/** A named line. Points that cannot be drawn (not finite, or not above zero on a logarithmic scale) are left out. */
export interface Line {
  readonly name: string;
  readonly points: readonly Place[];
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** One of several small charts with the same axes. */
export interface Panel {
  /** Stands above it. */
  readonly name: string;
  readonly lines: readonly Line[];
}

/** Small charts side by side: lines of one name have one colour in all of them. */
export interface PanelChart {
  readonly title: string;
  /** What the axes count. */
  readonly x: string;
  readonly y: string;
  /** Default linear. */
  readonly scale?: 'linear' | 'log';
  readonly panels: readonly Panel[];
  /** Values to compare with, as dashed lines through all panels. */
  readonly rules?: readonly Rule[];
}

export interface Rule {
  readonly name: string;
  readonly y: number;
}

/** The names of all lines, in the order in which they first come. */
export function lineNames({ panels }: PanelChart): string[] {
  return [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
}

/** The chart with only those points that can be drawn. */
export function drawableChart(chart: PanelChart): PanelChart {
  const shown = ({ x, y }: Place) =>
    Number.isFinite(x) && Number.isFinite(y) && (chart.scale !== 'log' || y > 0);
  const panels = chart.panels.map(({ name, lines }) => ({
    name,
    lines: lines.map((line) => ({ ...line, points: line.points.filter(shown) })),
  }));
  return { ...chart, panels };
}
