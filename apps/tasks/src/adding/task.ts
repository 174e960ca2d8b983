import { folderOf, refuseChanges } from '../runner/resume.ts';
import { beginRun, readOrder } from '../runner/run-folder.ts';
import { defineTask } from '../runner/task.ts';
import { fixedNames, folderName, newOrder, options } from './options.ts';
import { resultOf, writeOutcomes } from './outcome.ts';
import { type Order, runFolder } from './run-folder.ts';
import { runStudy } from './run-study.ts';
import { studies } from './studies/index.ts';
import { linesOf, resultTable } from './table.ts';

/** The study of long ranges: the adding problem, and the tables beside it. */
export const adding = defineTask({
  name: 'adding',
  summary: 'long ranges: adding two numbers that lie 200 steps apart',
  options,
  async run({ options: given, say, signal, terminal }) {
    const run = runFolder(folderOf(given, folderName(given)));
    const resume = given.resume !== false;
    if (resume) refuseChanges(given, fixedNames);
    const order = resume ? await readOrder<Order>(run) : newOrder(given);
    const started = performance.now();
    if (!resume) await beginRun(run, order);
    say(studies[order.study].title);
    const outcomes = await runStudy(order, run, { say, signal, terminal });
    if (outcomes === undefined) {
      say('stopped and saved');
      say(`go on with npm run task adding -- --resume ${run.folder}`);
      signal.throwIfAborted();
      return undefined;
    }
    const result = resultOf(order, outcomes);
    const seconds = (performance.now() - started) / 1000;
    const whole = { ...result, metrics: { ...result.metrics, seconds } };
    await writeOutcomes(run, order, outcomes, whole);
    for (const line of ['', ...linesOf(resultTable(outcomes)), '']) say(line);
    say(`report  ${run.report}`);
    say(`result  ${run.result}`);
    return whole;
  },
});
