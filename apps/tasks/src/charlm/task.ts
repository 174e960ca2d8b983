import { reportCallback } from '@unroll/inspect';
import { save } from '@unroll/models/node';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { folderOf, refuseChanges } from '../runner/resume.ts';
import { beginRun, readOrder } from '../runner/run-folder.ts';
import { defineTask, type TaskResult } from '../runner/task.ts';
import { watcher } from '../runner/watcher.ts';
import { chat } from './chat.ts';
import { fetchIsland } from './island.ts';
import { levels } from './levels.ts';
import { type Context, fixedNames, options, settingsOf } from './options.ts';
import { describeRun, measure, writeOutcome } from './outcome.ts';
import { type Order, type RunFolder, runFolder } from './run-folder.ts';
import { markovBaselines, type PreparedText, prepareText } from './text.ts';
import { train, windowsOf } from './train.ts';
import { tryText, writeSample } from './write.ts';

export const charlm = defineTask({
  name: 'charlm',
  summary: 'a language model of any text, over characters or words',
  options,
  async run(context) {
    const { options: given, say } = context;
    const run = runFolder(folderOf(given, given.start ? 'start' : 'charlm'));
    if (given.chat) {
      await chat(run.model, context);
      return undefined;
    }
    if (given.sample) {
      say(await writeSample(run.model, given));
      return undefined;
    }
    if (given.try !== undefined) {
      const { nats, one, continuation } = await tryText(run.model, given.try, given);
      say(`${nats.toFixed(4)} nats per ${one}`);
      say(`${given.try}${continuation}`);
      return undefined;
    }
    return learn(context, run);
  },
});

async function learn(context: Context, run: RunFolder): Promise<TaskResult> {
  const { options: given, say, signal } = context;
  const resume = given.resume !== false;
  const order = resume ? await orderToResume(context, run) : await newOrder(context);
  const started = performance.now();
  const path = given.data ?? order.data ?? undefined;
  const text = await prepareText(path, order.settings.level);
  const windows = windowsOf(text, order.settings);
  if (!resume) await beginRun(run, order);
  introduce(text, order, say);
  const baselines = markovBaselines(text);

  const write = (page: string) => writeFileAtomic(run.report, page);
  const report = reportCallback({ ...describeRun({ text, order, baselines }), write });
  const watch = watcher(
    context,
    ({ step, loss }) => `step ${step}: ${loss.toFixed(4)} nats per ${levels[text.level].one}`,
  );
  const callbacks = [watch, report];
  const trained = await train({
    tokenizer: text.tokenizer,
    windows,
    order,
    run,
    resume,
    signal,
    callbacks,
  });
  if (trained.history.stopped === 'aborted') {
    say(`stopped after step ${trained.history.step} and saved`);
    say(`go on with npm run task charlm -- --resume ${run.folder}`);
    signal.throwIfAborted();
  }
  const finished = { ...trained, text, order, baselines, started };
  const outcome = await measure(finished);
  await save(run.model, { model: trained.model, tokenizer: text.tokenizer });
  const sample = await writeSample(run.model, given);
  await writeOutcome(run, finished, outcome, sample);
  for (const line of ['', ...outcome.lines, '', 'sample', sample, '']) say(line);
  say(`model   ${run.model}`);
  say(`report  ${run.report}`);
  say(`result  ${run.result}`);
  return { metrics: outcome.metrics, config: outcome.config };
}

async function newOrder(context: Context): Promise<Order> {
  const { options: given } = context;
  const settings = settingsOf(given);
  const data = given.download ? await fetchIsland(context) : (given.data ?? null);
  return { settings, seed: given.seed, data };
}

async function orderToResume({ options: given }: Context, run: RunFolder): Promise<Order> {
  refuseChanges(given, fixedNames);
  return readOrder<Order>(run);
}

function introduce(text: PreparedText, { settings }: Order, say: (line: string) => void): void {
  const { steps, batchSize, window } = settings;
  const count = (n: number) => n.toLocaleString('en-US');
  const distinct = count(text.tokenizer.vocabSize - 1);
  say(
    text.level === 'word'
      ? `${text.name}: ${count(text.train.length)} words to learn, ${distinct} in the dictionary`
      : `${text.name}: ${count(text.characters)} characters, ${distinct} distinct`,
  );
  say(`${describeModel(settings)}; ${count(steps)} steps of ${batchSize} × ${window}`);
}

function describeModel({ model, cell, hiddenSize, numLayers }: Order['settings']): string {
  if (model === 'transformer') return `Transformer of ${numLayers} layers, width ${hiddenSize}`;
  return `${cell} of ${hiddenSize} units`;
}
