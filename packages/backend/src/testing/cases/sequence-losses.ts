import * as fc from 'fast-check';
import type { Memory } from '../../contract/backend.ts';
import { DataError, IndexError } from '../../contract/errors.ts';
import type { Crf, Ctc } from '../../contract/sequence-losses.ts';
import { Bench } from '../bench.ts';
import { checkThrows } from '../check.ts';
import { placesOf, rowsOf } from '../places.ts';
import type { Suite } from '../suite.ts';

/** Labels of classes 1 to 2, 0 is the blank, and the steps that each sequence has beyond those it needs. */
const spoken = fc.array(
  fc.record({
    labels: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 3 }),
    more: fc.integer({ min: 0, max: 2 }),
  }),
  { minLength: 1, maxLength: 3 },
);

const tagged = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
  tags: fc.integer({ min: 1, max: 4 }),
});

/** √k times the steps of a recurrence, as √(k·steps²): sums of 3 classes over at most 7 steps, of 4 tags over 4. */
const forCtc = { sum: 3 * 7 ** 2, needs: 'ctcLoss' } as const;
const forCrf = { sum: 4 * 4 ** 2, needs: 'crfLoss' } as const;

/** Logarithms of ±10,000 that cancel leave four digits fewer than a double has. */
const inFloats = { dtypes: ['float32'] } as const;

export function sequenceLossCases(suite: Suite): void {
  suite.agreeForAll('ctcLoss: any labels and lengths', forCtc, spoken, (bench, given) =>
    runCtc(bench, callOf(bench, given)),
  );
  suite.agree('ctcLoss: logits of ±10,000', { ...forCtc, ...inFloats }, (bench) => {
    const call = callOf(bench, [{ labels: [1, 2], more: 1 }]);
    const logits = bench.operand([3, 3], [1e4, -1e4, 0, -1e4, 1e4, 1e4, 0, 0, 1e4]);
    return runCtc(bench, { ...call, logits });
  });
  suite.agree('ctcLoss: another blank', forCtc, (bench) => {
    const call = callOf(bench, [{ labels: [1, 1], more: 1 }]);
    return runCtc(bench, { ...call, blank: 2 });
  });
  suite.agreeForAll('crfLoss: any tags and lengths', forCrf, tagged, (bench, { lengths, tags }) =>
    runCrf(bench, chainOf(bench, lengths, tags)),
  );
  suite.agree(
    'crfLoss: scores of ±10,000, and forbidden ones',
    { ...forCrf, ...inFloats },
    (bench) => {
      const call = chainOf(bench, [4, 2], 2);
      const tags = bench.operand([6], [0, 1, 0, 0, 0, 1], 'int32');
      return runCrf(bench, {
        ...call,
        tags,
        emissions: bench.operand([6, 2], [1e4, 0, 0, -1e4, 1, 2, 1e4, 1e4, 0, 0, 0, 0]),
        transitions: bench.operand([2, 2], [0.5, 0.25, 0, -Infinity]),
        start: bench.operand([2], [0, 1]),
      });
    },
  );
  refused(suite, 'ctcLoss: a label that is no class', IndexError, /label 1 of sequence 0 is 3/, {
    labels: [1, 3],
  });
  refused(suite, 'ctcLoss: the blank as a label', DataError, /label 0 .* the blank/, {
    labels: [0],
  });
  refused(suite, 'ctcLoss: more labels than steps', DataError, /take 3 steps \(1 for blanks/, {
    labels: [1, 1],
    steps: 2,
  });
}

function runCtc(bench: Bench, call: Ctc): Memory[] {
  return bench.fused.ctcLoss!(call) as Memory[];
}

function runCrf(bench: Bench, call: Crf): Memory[] {
  return bench.fused.crfLoss!(call) as Memory[];
}

function callOf(bench: Bench, given: { labels: number[]; more: number }[]): Ctc {
  const repeats = (labels: number[]) => labels.filter((x, k) => k > 0 && x === labels[k - 1]);
  const lengths = given.map(({ labels, more }) =>
    Math.max(1, labels.length + repeats(labels).length + more),
  );
  const places = placesOf(lengths);
  const longest = Math.max(...given.map(({ labels }) => labels.length));
  const padded = given.flatMap(({ labels }) =>
    Array.from({ length: longest }, (_, k) => labels[k] ?? -1),
  );
  return {
    logits: bench.random([rowsOf(places), 3]),
    places,
    labels: bench.operand([given.length, longest], padded, 'int32'),
    labelLengths: given.map(({ labels }) => labels.length),
    ...{ blank: 0, zeroInfinity: false, gradient: true },
  };
}

function chainOf(bench: Bench, lengths: number[], tags: number): Crf {
  const places = placesOf(lengths);
  const rows = rowsOf(places);
  return {
    emissions: bench.random([rows, tags]),
    places,
    tags: bench.ids([rows], tags),
    transitions: bench.random([tags, tags]),
    start: bench.random([tags]),
    end: bench.random([tags]),
    gradient: true,
  };
}

function refused(
  suite: Suite,
  title: string,
  kind: abstract new (...args: never[]) => Error,
  words: RegExp,
  { labels, steps = 5 }: { labels: number[]; steps?: number },
): void {
  const check = async () => {
    const backend = await suite.backend();
    const ctcLoss = await suite.kernel('ctcLoss');
    const bench = new Bench(backend, 'float32', 1);
    const call: Ctc = {
      ...callOf(bench, [{ labels: [1, 2], more: 3 }]),
      logits: bench.random([steps, 3]),
      places: placesOf([steps]),
      labels: bench.operand([1, labels.length], labels, 'int32'),
      labelLengths: [labels.length],
    };
    await checkThrows(() => bench.read(ctcLoss(call)[0]), kind, words);
  };
  suite.case(`${title} is refused by name`, check, 'ctcLoss');
}
