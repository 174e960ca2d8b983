import type { StepRecord } from './history.ts';

/** Step records as rows of numbers, which take a third of the room. */
export function writeSteps(steps: readonly StepRecord[]): number[][] {
  return steps.map(({ epoch, loss, gradNorm, lr, tokens }) => [epoch, loss, gradNorm, lr, tokens]);
}

export function readSteps(rows: readonly (readonly number[])[]): StepRecord[] {
  return rows.map(([epoch, loss, gradNorm, lr, tokens], i) => ({
    step: i + 1,
    epoch,
    loss,
    gradNorm,
    lr,
    tokens,
  }));
}
