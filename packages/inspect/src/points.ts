/** A loss, measured when `step` training steps were done. */
export interface Point {
  readonly step: number;
  readonly loss: number;
}

/** What the learning curve draws. */
export interface Curves {
  /** What the losses count, such as `nats per character`. */
  readonly unit: string;
  readonly train: readonly Point[];
  readonly valid: readonly Point[];
  /** Losses to compare with, drawn as horizontal lines. */
  readonly baselines?: readonly Baseline[];
}

export interface Baseline {
  readonly name: string;
  readonly loss: number;
}

/** The points that can be drawn: a run that ended in NaN still has a curve up to there. */
export function drawable(points: readonly Point[]): readonly Point[] {
  return points.filter(({ step, loss }) => Number.isFinite(step) && Number.isFinite(loss));
}

/** Means over equal groups of neighbours, at most `most` of them: the eye sees no more, and the page stays small. */
export function thin(points: readonly Point[], most: number): readonly Point[] {
  const group = Math.ceil(points.length / most);
  if (group <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / group) }, (_, i) => {
    const some = points.slice(i * group, (i + 1) * group);
    return { step: mean(some.map(({ step }) => step)), loss: mean(some.map(({ loss }) => loss)) };
  });
}

/** The baselines whose labels fit beside the curve, none nearer to another than a line of text. */
export function withRoom(baselines: readonly Baseline[], points: readonly Point[]): Set<Baseline> {
  const losses = [...points, ...baselines].map(({ loss }) => loss);
  const room = (Math.max(...losses) - Math.min(...losses)) / 24;
  const chosen: Baseline[] = [];
  for (const baseline of baselines) {
    if (chosen.every(({ loss }) => Math.abs(loss - baseline.loss) >= room)) chosen.push(baseline);
  }
  return new Set(chosen);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
