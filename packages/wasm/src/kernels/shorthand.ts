import { type Expression, i32, shuffle, v128 } from '../assembly/instructions.ts';

/** Bytes of so many floats. */
export const times4 = (x: Expression): Expression => i32.shl(x, i32.const(2));

/** The first lane in all four. */
export const firstLane = (x: Expression): Expression => shuffle(x, x, [0, 0, 0, 0]);

/** A mask of the first lane. */
export const FIRST_LANE = v128.const([-1, 0, 0, 0]);
