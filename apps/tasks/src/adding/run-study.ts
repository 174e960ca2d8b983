import { checkpointFolder } from '@unroll/trainers/node';
import { watcher } from '../runner/watcher.ts';
import type { Context } from './options.ts';
import { problemOf } from './problem.ts';
import {
  checkpointOf,
  type Order,
  type RunFolder,
  readOutcome,
  writeOutcome,
} from './run-folder.ts';
import { runTrial, type TrialOutcome } from './run-trial.ts';
import { TimeLeft } from './time-left.ts';
import type { Trial } from './trial.ts';

/**
 * Runs the trials of a study one after another. Those whose outcome lies in the run's folder are not run again, and one
 * that was stopped goes on from its checkpoint.
 *
 * @returns undefined when the signal stopped it
 */
export async function runStudy(
  { seed, trials }: Order,
  run: RunFolder,
  context: Pick<Context, 'say' | 'terminal' | 'signal'>,
): Promise<TrialOutcome[] | undefined> {
  const found = await Promise.all(trials.map((trial) => readOutcome(run, trial)));
  const time = new TimeLeft(
    trials,
    trials.filter((_, i) => found[i]),
  );
  const outcomes: TrialOutcome[] = [];
  for (const [i, trial] of trials.entries()) {
    const words = titleOf(trial);
    const count = `${i + 1} of ${trials.length}`;
    if (found[i]) context.say(`${count}: ${words}, done before`);
    else context.say(`${count}: ${words}, ${time.inWords(trial, 0)}`);
    const outcome = found[i] ?? (await once(trial));
    if (outcome === undefined) return undefined;
    outcomes.push(outcome);
  }
  return outcomes;

  async function once(trial: Trial): Promise<TrialOutcome | undefined> {
    const watch = watcher(context, ({ step, loss }, { totalSteps = step }) => {
      const left = time.inWords(trial, step / totalSteps);
      return `  step ${step} of ${totalSteps}: ${loss.toFixed(4)}; in all ${left}`;
    });
    const outcome = await runTrial(trial, {
      ...{ seed, callbacks: [watch], signal: context.signal, resume: true },
      checkpoint: { to: checkpointFolder(checkpointOf(run, trial)) },
    });
    if (outcome) {
      await writeOutcome(run, outcome);
      time.finish(trial);
    }
    return outcome;
  }
}

function titleOf({ row, problem, range, batches, batchSize }: Trial): string {
  const { steps } = problemOf(problem, range);
  return `${row}, ${problem} at ${range}: ${batches} batches of ${batchSize} × ${steps} steps`;
}
