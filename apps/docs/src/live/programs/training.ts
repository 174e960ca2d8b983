import { Adam, clipGradNorm } from '@unroll/optimizers';
import type { Parameter, Tensor } from '@unroll/tensor';
import { drawCurve, type Point } from './pictures.ts';
import type { Progress, Run } from './program.ts';

export interface Training {
  readonly steps: number;
  readonly parameters: readonly Parameter[];
  /** Adam's. */
  readonly lr: number;
  /** Loss of one batch, ready for `backward()`. */
  batch(): Tensor;
  /** The loss of who guesses: the dashed line of the curve. */
  readonly guessing: number;
}

/** Milliseconds between two messages to the page. */
const pause = 150;

/**
 * Trains, clipped at norm 1, and tells the page of it as often as one can look. `extra` adds what else the page is to see.
 *
 * @returns the mean loss of the last tenth of the steps
 */
export async function train<News extends Progress>(
  { steps, parameters, lr, batch, guessing }: Training,
  { tell, signal }: Run<News>,
  extra: () => Promise<Omit<News, keyof Progress>>,
): Promise<number> {
  const optimizer = new Adam(parameters, { lr });
  const points: Point[] = [];
  const losses: number[] = [];
  let told = Number.NEGATIVE_INFINITY;
  for (let step = 1; step <= steps; step++) {
    const loss = batch();
    optimizer.zeroGrad();
    loss.backward();
    clipGradNorm(parameters, { max: 1 });
    optimizer.step();
    losses.push(await loss.item());
    signal.throwIfAborted();
    if (performance.now() - told < pause && step < steps) continue;
    const recent = mean(losses.slice(-10));
    points.push({ step, loss: recent });
    const curve = drawCurve(points, steps, guessing);
    tell({ step, steps, loss: recent, first: losses[0], curve, ...(await extra()) } as News);
    told = performance.now();
  }
  return mean(losses.slice(-Math.ceil(steps / 10)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}
