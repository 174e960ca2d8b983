import { OptionError } from '@unroll/backend';
import type { EncoderDecoder } from '@unroll/models';
import { load, save } from '@unroll/models/node';
import { checkpointFolder } from '@unroll/trainers/node';
import { endIfStopped, folderOf, refuseChanges } from '../runner/resume.ts';
import { beginRun, readOrder } from '../runner/run-folder.ts';
import { defineTask, type TaskResult } from '../runner/task.ts';
import { watcher } from '../runner/watcher.ts';
import { sourceTokenizer, targetTokenizer } from './codec.ts';
import { compare } from './compare.ts';
import { judge } from './judge.ts';
import {
  type Context,
  newOrder,
  type Order,
  options,
  type RunFolder,
  runFolder,
  settingNames,
} from './options.ts';
import { linesOf, resultOf, writeOutcome } from './outcome.ts';
import { drawDates, train } from './train.ts';
import { translate } from './translate.ts';

/** From dates as people write them to ISO 8601: an encoder–decoder with attention. */
export const dates = defineTask({
  name: 'dates',
  summary: 'dates as people write them into ISO, by an encoder–decoder',
  options,
  async run(context) {
    const { options: given, say } = context;
    if (given.compare) return compare(context);
    const run = runFolder(folderOf(given, 'dates'));
    if (given.try === undefined) return learn(context, run);
    if (given.try === '')
      throw new OptionError('--try', 'needs a date, such as "third of march 2026"');
    const { model } = await load<EncoderDecoder>(run.model);
    const [iso] = await translate(model, [given.try.toLowerCase()]);
    say(iso);
    return undefined;
  },
});

async function learn(context: Context, run: RunFolder): Promise<TaskResult> {
  const { options: given, say, signal } = context;
  const resume = given.resume !== false;
  if (resume) refuseChanges(given, settingNames);
  const order = resume ? await readOrder<Order>(run) : newOrder(given);
  const started = performance.now();
  const drawn = drawDates(order.seed);
  if (!resume) await beginRun(run, order);
  const { settings, seed } = order;
  say(
    `${drawn.train.length.toLocaleString('en-US')} days to learn from, ${drawn.test.length.toLocaleString('en-US')} others to be judged by`,
  );
  say(
    `${settings.cell} of ${settings.hiddenSize} units, ${settings.model === 'attention' ? `${settings.score} attention` : 'no attention'}; ${settings.steps} steps of ${settings.batchSize}`,
  );
  const trained = await train({
    ...{ settings, seed, dates: drawn, resume, signal },
    checkpoint: checkpointFolder(run.checkpoint),
    callbacks: [
      watcher(context, ({ step, loss }) => `step ${step}: ${loss.toFixed(4)} nats per character`),
    ],
  });
  endIfStopped(context, trained.history, { task: 'dates', folder: run.folder });
  const judgement = await judge(trained.model, drawn.test, signal);
  const seconds = (performance.now() - started) / 1000;
  const finished = { ...trained, order, judgement, seconds };
  const result = resultOf(finished);
  await save(run.model, {
    model: trained.model,
    extra: { source: sourceTokenizer.tokens.join(''), target: targetTokenizer.tokens.join('') },
  });
  await writeOutcome(run, finished, result);
  for (const line of ['', ...linesOf([[settings.model, judgement]]), '']) say(line);
  say(`model   ${run.model}`);
  say(`report  ${run.report}`);
  say(`result  ${run.result}`);
  return result;
}
