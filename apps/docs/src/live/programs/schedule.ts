import { RNN } from '@unroll/cells';
import { crossEntropy, Linear } from '@unroll/nn';
import {
  argmax,
  manualSeed,
  noGrad,
  type RandomStream,
  randomStream,
  tensor,
} from '@unroll/tensor';
import type { Program, Progress } from './program.ts';
import { train } from './training.ts';

export interface ScheduleInput {
  /** Chance that a day is skipped, 0 to 0.9. */
  readonly skip: number;
}

/** Shares of right answers on new patients. */
export interface ScheduleOutput {
  readonly loss: number;
  readonly onTrainingDays: number;
  readonly onDaysOff: number;
}

/** Trains the network of the lesson on the recurrent cell: which exercise is due next? */
export const schedule: Program<ScheduleInput, ScheduleOutput, Progress> = async ({ skip }, run) => {
  manualSeed(3);
  const dice = randomStream('patients');
  const rnn = new RNN({ inputSize: 4, hiddenSize: 16 });
  const head = new Linear({ inputSize: 16, outputSize: 3 });
  const scores = (x: number[][][]) => head.forward(rnn.forward(tensor(x)).output);
  const loss = await train<Progress>(
    {
      steps: 150,
      parameters: [...rnn.parameters(), ...head.parameters()],
      lr: 0.02,
      guessing: Math.log(3),
      batch() {
        const { days, due } = patients(16, skip, dice);
        return crossEntropy(scores(days), tensor(due, { dtype: 'int32' }));
      },
    },
    run,
    async () => ({}),
  );
  const { days, due } = patients(64, skip, dice);
  const guesses = (await noGrad(() => argmax(scores(days), { axis: 2 })).toArray()) as number[][];
  const rightOf = (off: number) =>
    share(
      days.flatMap((patient, i) =>
        patient.flatMap((day, t) => (day[3] === off ? [guesses[i][t] === due[i][t]] : [])),
      ),
    );
  return { loss, onTrainingDays: rightOf(0), onDaysOff: rightOf(1) };
};

/** Patients for 12 days: [exercise one-hot, day off], and the exercise that is due next. */
function patients(count: number, skip: number, dice: RandomStream) {
  const days: number[][][] = [];
  const due: number[][] = [];
  for (let patient = 0; patient < count; patient++) {
    let next = Math.floor(dice.next() * 3);
    days.push([]);
    due.push([]);
    for (let day = 0; day < 12; day++) {
      const off = day > 0 && dice.next() < skip;
      days[patient].push([0, 1, 2].map((e) => Number(!off && e === next)).concat(Number(off)));
      if (!off) next = (next + 1) % 3;
      due[patient].push(next);
    }
  }
  return { days, due };
}

function share(right: readonly boolean[]): number {
  return right.length === 0 ? Number.NaN : right.filter(Boolean).length / right.length;
}
