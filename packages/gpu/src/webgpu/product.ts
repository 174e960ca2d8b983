import type { Wgsl } from '../device/device.ts';
import { MOST_WORKGROUPS } from './api.ts';

/** Rows and columns of a tile, and how far along the inner axis it is brought. */
const [ROWS, COLUMNS, DEPTH] = [32, 64, 16];
/** Rows and columns of one thread. */
const [OWN_ROWS, OWN_COLUMNS] = [8, 4];
/** Threads of a workgroup, across and down. */
const [ACROSS, DOWN] = [COLUMNS / OWN_COLUMNS, ROWS / OWN_ROWS];
const THREADS = ACROSS * DOWN;
/** Fewer rows or columns leave most of a tile idle. */
const FEWEST = 8;

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const each = (write: (i: number, j: number) => string): string =>
  upTo(OWN_ROWS)
    .flatMap((i) => upTo(OWN_COLUMNS).map((j) => write(i, j)))
    .join('\n  ');

/**
 * Products of tiles: a workgroup brings 32 rows and 64 columns, 16 deep, into memory that its threads share, and each
 * thread keeps 8 × 4 sums in registers. So an operand is read once for 32 or 64 results; where every thread computes one
 * result, which is all that gpu.js can write, it is read for each.
 */
function tiled(begun: boolean): string {
  return `struct Parameters {
  size : vec4<u32>, inputA : vec4<u32>, inputB : vec4<u32>,${begun ? ' inputBegun : vec4<u32>,' : ''}
  offsetA : f32, offsetB : f32, m : f32, n : f32, k : f32,
  batchA : f32, rowA : f32, innerA : f32, batchB : f32, innerB : f32, columnB : f32,
  ${begun ? 'offsetBegun : f32, rowBegun : f32,' : ''}
}
@group(0) @binding(0) var<uniform> p : Parameters;
@group(0) @binding(1) var<storage, read> a : array<f32>;
@group(0) @binding(2) var<storage, read> b : array<f32>;
${begun ? '@group(0) @binding(3) var<storage, read> begun : array<f32>;' : ''}
@group(0) @binding(${begun ? 4 : 3}) var<storage, read_write> result : array<f32>;

// One column more than is used, so that neighbouring threads meet different banks.
var<workgroup> tileA : array<f32, ${DEPTH * (ROWS + 1)}>;
var<workgroup> tileB : array<f32, ${DEPTH * (COLUMNS + 1)}>;

@compute @workgroup_size(${ACROSS}, ${DOWN})
fn main(
  @builtin(workgroup_id) group : vec3<u32>,
  @builtin(local_invocation_id) own : vec3<u32>,
  @builtin(local_invocation_index) thread : u32,
) {
  let m = u32(p.m);
  let n = u32(p.n);
  let k = u32(p.k);
  let top = group.y * ${ROWS}u;
  let left = group.x * ${COLUMNS}u;
  let startA = u32(p.offsetA) + group.z * u32(p.batchA);
  let startB = u32(p.offsetB) + group.z * u32(p.batchB);
  let rowA = u32(p.rowA);
  let innerA = u32(p.innerA);
  let innerB = u32(p.innerB);
  let columnB = u32(p.columnB);
  ${each((i, j) => `var s${i}${j} = 0.0;`)}
  for (var begin = 0u; begin < k; begin += ${DEPTH}u) {
    for (var e = thread; e < ${DEPTH * ROWS}u; e += ${THREADS}u) {
      // Neighbouring threads read neighbours in memory, whichever way the operand lies.
      let x = select(e / ${ROWS}u, e % ${DEPTH}u, innerA == 1u);
      let i = select(e % ${ROWS}u, e / ${DEPTH}u, innerA == 1u);
      var value = 0.0;
      if (top + i < m && begin + x < k) {
        value = a[startA + (top + i) * rowA + (begin + x) * innerA];
      }
      tileA[x * ${ROWS + 1}u + i] = value;
    }
    for (var e = thread; e < ${DEPTH * COLUMNS}u; e += ${THREADS}u) {
      let x = select(e / ${COLUMNS}u, e % ${DEPTH}u, columnB != 1u);
      let j = select(e % ${COLUMNS}u, e / ${DEPTH}u, columnB != 1u);
      var value = 0.0;
      if (left + j < n && begin + x < k) {
        value = b[startB + (begin + x) * innerB + (left + j) * columnB];
      }
      tileB[x * ${COLUMNS + 1}u + j] = value;
    }
    workgroupBarrier();
    for (var x = 0u; x < ${DEPTH}u; x++) {
      let rowOfA = x * ${ROWS + 1}u + own.y * ${OWN_ROWS}u;
      let rowOfB = x * ${COLUMNS + 1}u + own.x * ${OWN_COLUMNS}u;
      ${upTo(OWN_ROWS)
        .map((i) => `let a${i} = tileA[rowOfA + ${i}u];`)
        .join(' ')}
      ${upTo(OWN_COLUMNS)
        .map((j) => `let b${j} = tileB[rowOfB + ${j}u];`)
        .join(' ')}
      ${each((i, j) => `s${i}${j} = s${i}${j} + a${i} * b${j};`)}
    }
    workgroupBarrier();
  }
  let i = top + own.y * ${OWN_ROWS}u;
  let j = left + own.x * ${OWN_COLUMNS}u;
  ${each((r, c) => store(r, c, begun))}
}`;
}

function store(r: number, c: number, begun: boolean): string {
  const start = begun
    ? `begun[u32(p.offsetBegun) + (i + ${r}u) * u32(p.rowBegun) + j + ${c}u] + `
    : '';
  const at = `(group.z * m + i + ${r}u) * n + j + ${c}u`;
  return `if (i + ${r}u < m && j + ${c}u < n) { result[${at}] = ${start}s${r}${c}; }`;
}

const texts = [tiled(false), tiled(true)] as const;

/** The product of `batch` pairs of matrices in tiles; undefined where one has too few rows or columns for that. */
export function tiledProduct(
  batch: number,
  m: number,
  n: number,
  begun: boolean,
): Wgsl | undefined {
  if (m < FEWEST || n < FEWEST || batch > MOST_WORKGROUPS) return undefined;
  return {
    code: texts[Number(begun)],
    workgroups: [Math.ceil(n / COLUMNS), Math.ceil(m / ROWS), batch],
  };
}
