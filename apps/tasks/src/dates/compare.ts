import { summary } from '@unroll/nn';
import { memoryCheckpoints } from '@unroll/trainers';
import type { TaskResult } from '../runner/task.ts';
import { watcher } from '../runner/watcher.ts';
import { type Judgement, judge } from './judge.ts';
import { type Context, newOrder } from './options.ts';
import { linesOf } from './outcome.ts';
import type { ModelKind, Settings } from './settings.ts';
import { type Dates, drawDates, modelFor, train } from './train.ts';

/** With and without attention, at equal parameters and steps: exact match by the length of what was written. */
export async function compare(context: Context): Promise<TaskResult> {
  const { options: given, say, signal } = context;
  const started = performance.now();
  const { settings, seed } = newOrder({ ...given, model: 'attention' });
  const dates = drawDates(seed);
  const kinds = { attention: settings, plain: withoutAttention(settings) };
  const judged: [ModelKind, Judgement][] = [];
  const metrics: Record<string, number> = {};
  for (const [kind, own] of Object.entries(kinds) as [ModelKind, Settings][]) {
    const parameters = sizeOf(own);
    say(
      `${kind}: ${own.cell} of ${own.hiddenSize} units, ${parameters.toLocaleString('en-US')} parameters`,
    );
    const judgement = await run(context, own, seed, dates);
    judged.push([kind, judgement]);
    metrics[`${kind}.test.exactMatch`] = judgement.exactMatch;
    metrics[`${kind}.parameters`] = parameters;
    signal.throwIfAborted();
  }
  metrics['test.count'] = dates.test.length;
  metrics.seconds = (performance.now() - started) / 1000;
  for (const line of ['', ...linesOf(judged), '']) say(line);
  return { metrics, config: { seed, ...settings, model: 'attention and plain' } };
}

async function run(
  context: Context,
  settings: Settings,
  seed: number,
  dates: Dates,
): Promise<Judgement> {
  const { signal } = context;
  const { model } = await train({
    ...{ settings, seed, dates, resume: false, signal },
    checkpoint: memoryCheckpoints(),
    callbacks: [
      watcher(context, ({ step, loss }) => `step ${step}: ${loss.toFixed(4)} nats per character`),
    ],
  });
  return judge(model, dates.test, signal);
}

/** The plain model whose parameters are closest in number. */
function withoutAttention(settings: Settings): Settings {
  const goal = sizeOf(settings);
  let best: Settings = { ...settings, model: 'plain' };
  for (let hiddenSize = settings.hiddenSize; hiddenSize < 2 * settings.hiddenSize; hiddenSize++) {
    const next: Settings = { ...settings, model: 'plain', hiddenSize };
    if (Math.abs(sizeOf(next) - goal) < Math.abs(sizeOf(best) - goal)) best = next;
  }
  return best;
}

function sizeOf(settings: Settings): number {
  return summary(modelFor(settings)).total;
}
