import type { Sequence } from '@unroll/tensor';

/** Numbers by sequence, step and unit, in the user's order: `[sequence][step][unit]`. */
export type Numbers = readonly (readonly (readonly number[])[])[];

/** The rows of a sequence batch as numbers. */
export async function readRows(x: Sequence): Promise<Numbers> {
  const values = await x.rows.data();
  const size = x.features.reduce((n, length) => n * length, 1);
  return x.lengths.map((length, sequence) =>
    Array.from({ length }, (_, step) => {
      const row = x.rowOf(sequence, step);
      return Array.from(values.subarray(row * size, (row + 1) * size), Number);
    }),
  );
}

/** All of a record's sequence batches as numbers, under the same names. */
export async function readAll(
  record: Readonly<Record<string, Sequence>>,
): Promise<Record<string, Numbers>> {
  const read = Object.entries(record).map(async ([name, x]) => [name, await readRows(x)] as const);
  return Object.fromEntries(await Promise.all(read));
}
