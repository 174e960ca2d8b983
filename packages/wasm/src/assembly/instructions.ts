import { type Code, float32, signed, unsigned } from './bytes.ts';

// Expressions are instructions that leave one value, statements leave none; they nest as they are written. Names are those
// of the WebAssembly text format.

export type Expression = Code;
export type Statement = Code;

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
const unary =
  (opcode: Code) =>
  (x: Expression): Expression => [...x, ...opcode];
const binary =
  (opcode: Code) =>
  (x: Expression, y: Expression): Expression => [...x, ...y, ...opcode];

/** A load with a constant offset in bytes; nothing is promised about alignment. */
const load =
  (opcode: Code) =>
  (address: Expression, offset = 0): Expression => [...address, ...opcode, 0, ...unsigned(offset)];
const store =
  (opcode: Code) =>
  (address: Expression, value: Expression, offset = 0): Statement => [
    ...address,
    ...value,
    ...opcode,
    0,
    ...unsigned(offset),
  ];

export const i32 = {
  const: (value: number): Expression => [0x41, ...signed(value)],
  add: binary([0x6a]),
  sub: binary([0x6b]),
  mul: binary([0x6c]),
  and: binary([0x71]),
  shl: binary([0x74]),
  shrU: binary([0x76]),
  divU: binary([0x6e]),
  eqz: unary([0x45]),
  eq: binary([0x46]),
  ne: binary([0x47]),
  ltS: binary([0x48]),
  ltU: binary([0x49]),
  gtS: binary([0x4a]),
  geS: binary([0x4e]),
  leS: binary([0x4c]),
  load: load([0x28]),
  store: store([0x36]),
} as const;

export const f32 = {
  const: (value: number): Expression => [0x43, ...float32(value)],
  add: binary([0x92]),
  sub: binary([0x93]),
  mul: binary([0x94]),
  div: binary([0x95]),
  sqrt: unary([0x91]),
  load: load([0x2a]),
  store: store([0x38]),
} as const;

export const v128 = {
  load: load(simd(0)),
  store: store(simd(11)),
  /** Four copies of a float in memory. */
  loadSplat: load(simd(9)),
  /** One float into lane 0, zeros in the others. */
  loadZero: load(simd(92)),
  not: unary(simd(77)),
  and: binary(simd(78)),
  or: binary(simd(80)),
  xor: binary(simd(81)),
  /** Bits of `a` that are not in `b`. */
  andNot: binary(simd(79)),
  /** Four 32-bit whole numbers. */
  const: (lanes: readonly [number, number, number, number]): Expression => [
    ...simd(12),
    ...new Uint8Array(new Int32Array(lanes).buffer),
  ],
  anyTrue: unary(simd(83)),
  /** Bits of `a` where the mask is 1, of `b` where it is 0. */
  select: (a: Expression, b: Expression, mask: Expression): Expression => [
    ...a,
    ...b,
    ...mask,
    ...simd(82),
  ],
  storeLane: (address: Expression, value: Expression, lane: number, offset = 0): Statement => [
    ...address,
    ...value,
    ...simd(90),
    0,
    ...unsigned(offset),
    lane,
  ],
  loadLane: (address: Expression, value: Expression, lane: number, offset = 0): Expression => [
    ...address,
    ...value,
    ...simd(86),
    0,
    ...unsigned(offset),
    lane,
  ],
} as const;

export const f32x4 = {
  const: (value: number): Expression => {
    const bytes = float32(value);
    return [...simd(12), ...bytes, ...bytes, ...bytes, ...bytes];
  },
  splat: unary(simd(19)),
  extractLane: (x: Expression, lane: number): Expression => [...x, ...simd(31), lane],
  eq: binary(simd(65)),
  ne: binary(simd(66)),
  lt: binary(simd(67)),
  gt: binary(simd(68)),
  le: binary(simd(69)),
  ge: binary(simd(70)),
  abs: unary(simd(224)),
  neg: unary(simd(225)),
  sqrt: unary(simd(227)),
  add: binary(simd(228)),
  sub: binary(simd(229)),
  mul: binary(simd(230)),
  div: binary(simd(231)),
  min: binary(simd(232)),
  max: binary(simd(233)),
  /** `b < a ? b : a` and `a < b ? b : a`, one instruction each: a NaN in `a` stays, one in `b` loses. */
  pmin: binary(simd(234)),
  pmax: binary(simd(235)),
  /** Two doubles, rounded, and two zeros. */
  demoteZero: unary(simd(94)),
  floor: unary(simd(104)),
  nearest: unary(simd(106)),
  truncate: unary(simd(105)),
  /** a·b + c, rounded once or twice as the engine likes (relaxed SIMD). */
  relaxedMadd: (a: Expression, b: Expression, c: Expression): Expression => [
    ...a,
    ...b,
    ...c,
    ...simd(0x105),
  ],
} as const;

export const i32x4 = {
  splat: unary(simd(17)),
  /** Four bytes, the lowest of `x`, as whole numbers from 0 to 255. */
  fromBytes: (x: Expression): Expression => [...x, ...simd(137), ...simd(169)],
  /** Whole numbers from 0 to 255 as the four lowest bytes. */
  toBytes: (x: Expression): Expression => {
    const half = [...x, ...x, ...simd(134)];
    return [...half, ...half, ...simd(102)];
  },
  eq: binary(simd(55)),
  const: (value: number): Expression => {
    const bytes = [...new Uint8Array(new Int32Array([value]).buffer)];
    return [...simd(12), ...bytes, ...bytes, ...bytes, ...bytes];
  },
  add: binary(simd(174)),
  sub: binary(simd(177)),
  shl: (x: Expression, bits: number): Expression => [...x, ...i32.const(bits), ...simd(171)],
  shrS: (x: Expression, bits: number): Expression => [...x, ...i32.const(bits), ...simd(172)],
  shrU: (x: Expression, bits: number): Expression => [...x, ...i32.const(bits), ...simd(173)],
  truncSatF32x4: unary(simd(248)),
  convertF32x4: unary(simd(250)),
  gt: binary(simd(59)),
  /** Of numbers without sign. */
  leU: binary(simd(62)),
} as const;

export const f64x2 = {
  const: (value: number): Expression => {
    const bytes = [...new Uint8Array(new Float64Array([value]).buffer)];
    return [...simd(12), ...bytes, ...bytes];
  },
  promoteLow: unary(simd(95)),
  /** The lower two of four whole numbers. */
  convertLowI32x4: unary(simd(254)),
  sub: binary(simd(241)),
  div: binary(simd(243)),
  pmin: binary(simd(246)),
  pmax: binary(simd(247)),
  add: binary(simd(240)),
  mul: binary(simd(242)),
  extractLane: (x: Expression, lane: number): Expression => [...x, ...simd(33), lane],
} as const;

/** Lanes of two vectors by byte number, for transposes and sums. */
export function shuffle(a: Expression, b: Expression, lanes: readonly number[]): Expression {
  const bytes = lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte));
  return [...a, ...b, ...simd(13), ...bytes];
}

const BLOCK = 0x40;

export function block(...body: readonly Statement[]): Statement {
  return [0x02, BLOCK, ...body.flat(), 0x0b];
}

export function loop(...body: readonly Statement[]): Statement {
  return [0x03, BLOCK, ...body.flat(), 0x0b];
}

export function branchIf(depth: number, condition: Expression): Statement {
  return [...condition, 0x0d, ...unsigned(depth)];
}

export function when(
  condition: Expression,
  then: readonly Statement[],
  otherwise: readonly Statement[] = [],
): Statement {
  const other = otherwise.length > 0 ? [0x05, ...otherwise.flat()] : [];
  return [...condition, 0x04, BLOCK, ...then.flat(), ...other, 0x0b];
}

export function call(index: number, ...args: readonly Expression[]): Code {
  return [...args.flat(), 0x10, ...unsigned(index)];
}
