import { summary } from '@unroll/nn';
import { manualSeed, randomStream } from '@unroll/tensor';
import { cellNames, common } from '../runner/common.ts';
import { choice, count, size } from '../runner/option.ts';
import { defineTask } from '../runner/task.ts';
import { presentInputGuesses, score } from './days.ts';
import { NextExercise } from './model.ts';
import { drawPatients, guess, type ScheduleSettings, train } from './train.ts';

const defaults = { patients: 32, days: [5, 20], skip: 0.3, lr: 0.02 } as const;

/** Deck 0's physiotherapist: which exercise is due next, when some days are skipped? */
export const schedule = defineTask({
  name: 'schedule',
  summary: 'which exercise is next: a tiny network, its loop written out',
  options: {
    quick: common.quick,
    cell: choice(cellNames, 'which recurrent cell to use', 'rnn'),
    steps: size('training steps (default 300, with --quick 150)'),
    hiddenSize: count('N', 'units of the network', 16, { min: 1 }),
  },
  async run({ options, say, signal }) {
    const { cell, hiddenSize, seed } = options;
    const settings: ScheduleSettings = {
      ...defaults,
      steps: options.steps ?? (options.quick ? 150 : 300),
    };
    const started = performance.now();
    manualSeed(seed);
    const stream = randomStream('patients');
    const test = drawPatients({ ...settings, patients: 200 }, randomStream('test patients'));
    const model = new NextExercise({ cell, hiddenSize });
    const errors = await train(model, settings, stream, signal);

    const ours = score(test, await guess(model, test));
    const seen = drawPatients({ ...settings, patients: 1000 }, stream);
    const present = score(test, presentInputGuesses(seen, test));
    const metrics = {
      'train.nats': errors[errors.length - 1],
      'test.accuracy': ours.all,
      'test.skipped.accuracy': ours.skipped,
      'baseline.presentInput.accuracy': present.all,
      'baseline.presentInput.skipped.accuracy': present.skipped,
      parameters: summary(model).total,
      steps: settings.steps,
      seconds: (performance.now() - started) / 1000,
    };
    for (const line of table(cell, ours, present)) say(line);
    return { metrics, config: { cell, hiddenSize, seed, ...settings } };
  },
});

function table(cell: string, ours: Scores, present: Scores): string[] {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`.padStart(9);
  const line = (name: string, { all, skipped }: Scores) =>
    `${name.padEnd(42)}${percent(all)}${percent(skipped)}`;
  return [
    `${'right next exercise'.padEnd(42)}  all days  skipped`,
    line(`recurrent (${cell}), 200 new patients`, ours),
    line('best that sees only the present day', present),
  ];
}

type Scores = ReturnType<typeof score>;
