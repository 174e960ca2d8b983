import { DataError, OptionError } from '@unroll/backend';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibration } from './calibration.ts';
import { accuracy, confusionMatrix } from './confusion-matrix.ts';
import { f1Scores } from './f1.ts';

const answers = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 1, maxLength: 40 });

describe('confusionMatrix', () => {
  test('has the right class in the row and the answer in the column', () => {
    expect(confusionMatrix([0, 0, 2, 1], [0, 1, 2, 2], 3)).toEqual([
      [1, 1, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
  });

  test('gives the share of right answers', () => {
    fc.assert(
      fc.property(answers, (pairs) => {
        const matrix = confusionMatrix(
          pairs.map(([a]) => a),
          pairs.map(([, b]) => b),
          3,
        );
        const right = pairs.filter(([a, b]) => a === b).length / pairs.length;
        expect(accuracy(matrix)).toBe(right);
        expect(f1Scores(matrix).micro).toBe(right);
      }),
    );
  });

  test('refuses ids that are no class, and answers that are missing', () => {
    expect(() => confusionMatrix([0, 3], [0, 0], 3)).toThrow(
      'ids must be 0 … 2; example 1 is 3 and was taken for 0',
    );
    expect(() => confusionMatrix([0], [-1], 3)).toThrow(DataError);
    expect(() => confusionMatrix([0, 1], [0], 3)).toThrow('got 1 answers for 2 examples');
    expect(() => confusionMatrix([], [], 3)).toThrow(DataError);
    expect(() => confusionMatrix([0], [0], 0)).toThrow(OptionError);
  });
});

describe('f1Scores', () => {
  test('is what counting true and false answers of each class gives', () => {
    fc.assert(
      fc.property(answers, (pairs) => {
        const { perClass, macro } = f1Scores(
          confusionMatrix(
            pairs.map(([a]) => a),
            pairs.map(([, b]) => b),
            3,
          ),
        );
        const f1 = [0, 1, 2].map((c) => {
          const tp = pairs.filter(([a, b]) => a === c && b === c).length;
          const fp = pairs.filter(([a, b]) => a !== c && b === c).length;
          const fn = pairs.filter(([a, b]) => a === c && b !== c).length;
          expect(perClass[c].precision).toBe(tp === 0 ? 0 : tp / (tp + fp));
          expect(perClass[c].recall).toBe(tp === 0 ? 0 : tp / (tp + fn));
          const score = tp === 0 ? 0 : tp / (tp + (fp + fn) / 2);
          expect(perClass[c].f1).toBeCloseTo(score, 12);
          return score;
        });
        const there = f1.filter((_, c) => pairs.some(([a]) => a === c));
        expect(macro).toBeCloseTo(there.reduce((a, b) => a + b) / there.length, 12);
      }),
    );
  });

  test('tells a model that always says the common class from a good one', () => {
    const lazy = f1Scores([
      [95, 0],
      [5, 0],
    ]);
    expect(lazy.micro).toBe(0.95);
    expect(lazy.macro).toBeCloseTo((2 * 95) / 195 / 2, 12);
  });
});

describe('calibration', () => {
  test('weights each bin by how many answers fall into it', () => {
    const { ece, bins } = calibration([0.9, 0.9, 0.6], [true, false, true], { bins: 10 });
    expect(ece).toBeCloseTo(0.4, 12);
    expect(bins).toHaveLength(10);
    expect(bins[8]).toMatchObject({ low: 0.8, high: 0.9, count: 2, accuracy: 0.5 });
    expect(bins[5]).toMatchObject({ count: 1, accuracy: 1 });
    expect(bins[0]).toMatchObject({ count: 0, confidence: 0, accuracy: 0 });
  });

  test('is zero where confidence and accuracy agree, and takes 0 and 1', () => {
    expect(calibration([1, 1, 0], [true, true, false]).ece).toBe(0);
    expect(calibration([0.75, 0.75, 0.75, 0.75], [true, true, true, false]).ece).toBe(0);
  });

  test('refuses what is no probability', () => {
    expect(() => calibration([1.2], [true])).toThrow('number 0 is 1.2');
    expect(() => calibration([Number.NaN], [true])).toThrow(DataError);
    expect(() => calibration([0.5], [])).toThrow('got 1 and 0');
    expect(() => calibration([0.5], [true], { bins: 0 })).toThrow(OptionError);
  });
});
