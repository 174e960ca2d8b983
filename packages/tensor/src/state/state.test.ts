import { DataError, DTypeError, IndexError, ShapeError } from '@unroll/backend';
import { describe, expect, test } from 'vitest';
import { gradcheck } from '../autograd/gradcheck.ts';
import { full, tensor, zeros } from '../core/create.ts';
import { add, mul } from '../operations/arithmetic.ts';
import { detachState, mapState, resetRows, selectRows, stateBatch } from './state.ts';
import type { StateTree } from './tree.ts';

/** Two layers, the second with two directions, a batch of 3. */
function example() {
  return [
    {
      h: tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      c: tensor([[-1], [-2], [-3]]),
    },
    {
      h: tensor([[7], [8], [9]]),
      backward: { h: tensor([[10], [11], [12]]) },
      at: tensor(Int32Array.of(4, 5, 6)),
    },
  ] as const;
}

const values = (x: { dataSync(): ArrayLike<number> } | undefined) =>
  Array.from(x?.dataSync() ?? []);

describe('a state tree', () => {
  test('is mapped leaf by leaf and keeps its form', () => {
    const state = example();
    const doubled = mapState(state, (x) => mul(x, 2));
    expect(Array.isArray(doubled)).toBe(true);
    expect(Object.keys(doubled[1])).toEqual(['h', 'backward', 'at']);
    expect(values(doubled[0].h)).toEqual([2, 4, 6, 8, 10, 12]);
    expect(values(doubled[1].backward.h)).toEqual([20, 22, 24]);
    expect(values(mapState(tensor([1, 2]), (x) => add(x, 1)))).toEqual([2, 3]);
  });

  test('is mapped together with others of its form, whatever the order of their fields', () => {
    const a = { h: tensor([[1], [2]]), c: tensor([[3], [4]]) };
    const b = { c: tensor([[30], [40]]), h: tensor([[10], [20]]) };
    const both = mapState(a, (x, y, z) => add(add(x, y), z), b, a);
    expect(values(both.h)).toEqual([12, 24]);
    expect(values(both.c)).toEqual([36, 48]);
  });

  test('says in one error all places where another differs', () => {
    const a: StateTree = [{ h: tensor([[1]]) }, { h: tensor([[1]]) }, [tensor([[1]])]];
    const b: StateTree = [{ h: tensor([[1]]), c: tensor([[1]]) }, tensor([[1]]), []];
    expect(() => mapState(a, (x) => x, b)).toThrow(ShapeError);
    expect(() => mapState(a, (x) => x, b)).toThrow(
      'mapState: the states differ in form: state.0 is { h } in one and { h, c } in the other; state.1 is { h } in one and a tensor in the other; state.2 is a list of 1 in one and a list of 0 in the other',
    );
    expect(() => mapState({ a: zeros([1]) }, (x) => x, { b: zeros([1]) })).toThrow(
      'the state is { a } in one and { b } in the other',
    );
  });

  test('refuses leaves that are no tensors, and a tree that contains itself', () => {
    expect(() => detachState([{ h: 3 } as never])).toThrow(DTypeError);
    expect(() => detachState([{ h: 3 } as never])).toThrow('state.0.h is 3. A state has tensors');
    expect(() => detachState({ h: new Map() } as never)).toThrow('state.h is a Map');
    expect(() => detachState(undefined as never)).toThrow('the state is undefined');
    const loop: { self?: StateTree } = {};
    loop.self = loop as StateTree;
    expect(() => detachState(loop as StateTree)).toThrow('more than 64 levels deep');
  });

  test('is cut off from the graph', () => {
    const x = tensor([[1, 2]], { requiresGrad: true });
    const state = { h: mul(x, 2) };
    expect(state.h.requiresGrad).toBe(true);
    const cut = detachState(state);
    expect(cut.h.requiresGrad).toBe(false);
    expect(cut.h.storage).toBe(state.h.storage);
  });

  test('gives rows in any order, repeated too', () => {
    const state = example();
    for (const ids of [
      [2, 0, 0, 1],
      Int32Array.of(2, 0, 0, 1),
      tensor(Int32Array.of(2, 0, 0, 1)),
    ]) {
      const rows = selectRows(state, ids);
      expect(values(rows[0].h)).toEqual([5, 6, 1, 2, 1, 2, 3, 4]);
      expect(values(rows[1].at)).toEqual([6, 4, 4, 5]);
      expect(stateBatch(rows)).toBe(4);
    }
    expect(() => selectRows(state, [3])).toThrow(IndexError);
    const square = zeros([2, 2], { dtype: 'int32' });
    expect(() => selectRows(state, square)).toThrow('selectRows: ids must be one list; got [2, 2]');
  });

  test('starts rows anew, from zero or from what is given', () => {
    const state = example();
    const zeroed = resetRows(state, [false, true, false]);
    expect(values(zeroed[0].h)).toEqual([1, 2, 0, 0, 5, 6]);
    expect(values(zeroed[0].c)).toEqual([-1, 0, -3]);
    expect(values(zeroed[1].at)).toEqual([4, 0, 6]);
    expect(zeroed[1].at.dtype).toBe('int32');
    const mask = tensor(Uint8Array.of(1, 0, 1));
    const initial = {
      h: tensor([
        [10, 20],
        [30, 40],
        [50, 60],
      ]),
      c: full([1, 1], 9),
    };
    const fresh = resetRows({ h: state[0].h, c: state[0].c }, mask, initial);
    expect(values(fresh.h)).toEqual([10, 20, 3, 4, 50, 60]);
    expect(values(fresh.c)).toEqual([9, -2, 9]);
  });

  test('starts rows anew even where they are not a number', () => {
    const state = { h: tensor([[Number.NaN], [2]]) };
    expect(values(resetRows(state, [true, false]).h)).toEqual([0, 2]);
  });

  test('sends gradients to the rows that stay and to the initial ones', () => {
    const [h, initial] = [
      tensor(
        [
          [0.5, 2],
          [3, -1],
        ],
        { dtype: 'float64' },
      ),
      tensor([[1, 2]], { dtype: 'float64' }),
    ];
    gradcheck(
      (x, y) => resetRows({ h: mul(x, x) }, [true, false], { h: mul(y, y) }).h,
      [h, initial],
    );
    gradcheck((x) => selectRows([mul(x, x)], [1, 1, 0])[0], [h]);
  });

  test('refuses masks and initial states that do not fit, all in one error', () => {
    const state = example();
    expect(() => resetRows(state, [true])).toThrow(
      'resetRows: the mask must be [3], one for each row; got [1]',
    );
    expect(() => resetRows(state, zeros([3, 1], { dtype: 'bool' }))).toThrow(ShapeError);
    const [pair, wrong] = [
      { h: zeros([3, 2]), c: zeros([3, 1]) },
      { h: zeros([1, 3]), c: zeros([2, 1]) },
    ];
    expect(() => resetRows(pair, [true, true, true], wrong)).toThrow(
      'resetRows: state.h is [3, 2], initially [1, 3]; state.c is [3, 1], initially [2, 1]',
    );
    expect(() => resetRows([zeros([1, 1])], [true], [] as never)).toThrow('differ in form');
  });

  test('has one batch', () => {
    expect(stateBatch(example())).toBe(3);
    expect(() => stateBatch({ h: zeros([2, 1]), c: [zeros([3, 1])] })).toThrow(
      'leaves must have the same batch; got 2 in state.h and 3 in state.c.0',
    );
    expect(() => stateBatch([zeros([])])).toThrow('state.0 is a scalar');
    expect(() => stateBatch([{}])).toThrow(DataError);
  });
});
