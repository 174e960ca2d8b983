import { SavedModel as Saved, type SavedModel, type TextClassifier } from '@unroll/models';
import { load, save } from '@unroll/models/node';
import { checkpointFolder } from '@unroll/trainers/node';
import { endIfStopped, folderOf, refuseChanges } from '../runner/resume.ts';
import { beginRun, readOrder } from '../runner/run-folder.ts';
import { defineTask, type TaskResult } from '../runner/task.ts';
import { watcher } from '../runner/watcher.ts';
import { compare } from './compare.ts';
import { fetchImdb } from './data/imdb.ts';
import { loadReviews } from './load-reviews.ts';
import {
  type Context,
  newOrder,
  type Order,
  options,
  type RunFolder,
  runFolder,
  settingNames,
} from './options.ts';
import { judge } from './outcome/judge.ts';
import { linesOf, percent, resultOf, writeOutcome } from './outcome/outcome.ts';
import { measureService } from './outcome/service.ts';
import { type Prepared, prepare } from './prepare.ts';
import { type Trained, train } from './train.ts';

/** The lecture's first project: whether a film review is good or bad, or any other class of any text. */
export const sentiment = defineTask({
  name: 'sentiment',
  summary: 'is a review good or bad? Classes of texts, by a bidirectional LSTM',
  options,
  async run(context) {
    const { options: given, say } = context;
    const run = runFolder(folderOf(given, 'sentiment'));
    if (given.try !== undefined) return tryText(context, run);
    const order = await orderOf(context, run);
    if (given.compare) return compare(context, order, run);
    say(`classes of texts: ${order.data === undefined ? 'made-up reviews' : order.data}`);
    return learn(context, run, order);
  },
});

async function tryText({ options: given, say }: Context, run: RunFolder): Promise<undefined> {
  const saved = await load<TextClassifier>(run.model);
  const [{ label, probability }] = await saved.predict([given.try ?? '']);
  say(`${label} (${percent(probability)})`);
}

async function orderOf(context: Context, run: RunFolder): Promise<Order> {
  const { options: given } = context;
  if (given.resume !== false) {
    refuseChanges(given, settingNames);
    return readOrder<Order>(run);
  }
  return newOrder(given, given.download ? await fetchImdb(context) : undefined);
}

async function learn(context: Context, run: RunFolder, order: Order): Promise<TaskResult> {
  const { say, signal, options: given } = context;
  const started = performance.now();
  const reviews = await loadReviews(order);
  const { settings, seed } = order;
  const prepared = prepare(reviews, settings, say);
  const resume = given.resume !== false;
  if (!resume) await beginRun(run, order);
  const trained = await train({
    ...{ settings, seed, prepared, resume, signal },
    checkpoint: checkpointFolder(run.checkpoint),
    callbacks: [
      watcher(context, ({ step, loss }) => `step ${step}: ${loss.toFixed(4)} nats per text`),
    ],
  });
  endIfStopped(context, trained.history, { task: 'sentiment', folder: run.folder });
  const saved = savedOf(trained, prepared);
  await save(run.model, saved);
  const { parts } = prepared;
  const test = await judge(saved, parts.test, signal);
  const seconds = (performance.now() - started) / 1000;
  const valid = await judge(saved, parts.valid, signal);
  const texts = parts.test.slice(0, 500).map(({ text }) => text);
  const service = await measureService(run.model, texts);
  const finished = {
    ...{ ...trained, name: reviews.name, prepared, order, valid, test, service, seconds },
  };
  const result = resultOf(finished);
  await writeOutcome(run, finished, result);
  for (const line of linesOf(finished)) say(line);
  for (const part of ['model', 'embedding', 'report', 'result'] as const) {
    say(`${part.padEnd(10)} ${run[part]}`);
  }
  return result;
}

function savedOf({ model }: Trained, { tokenizer, parts }: Prepared): SavedModel<TextClassifier> {
  return new Saved({ model, tokenizer, labels: parts.labels });
}
