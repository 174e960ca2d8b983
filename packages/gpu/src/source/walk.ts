import type { Shape } from '@unroll/backend';

/** How a kernel walks over its operands: along axes of some sizes, each operand by steps of its own. */
export interface Walk {
  readonly sizes: readonly number[];
  /** For each operand one step for each axis. */
  readonly strides: readonly (readonly number[])[];
}

/** The same walk along as few axes as will do, at least one. */
export function shortest(shape: Shape, strides: readonly (readonly number[])[]): Walk {
  const sizes: number[] = [];
  const kept: number[][] = strides.map(() => []);
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const last = sizes.length - 1;
    const continues =
      last >= 0 && strides.every((steps, k) => kept[k][last] === steps[axis] * size);
    if (continues) sizes[last] *= size;
    else sizes.push(size);
    const at = continues ? last : last + 1;
    strides.forEach((steps, k) => {
      kept[k][at] = steps[axis];
    });
  });
  if (sizes.length > 0) return { sizes, strides: kept };
  return { sizes: [1], strides: strides.map(() => [0]) };
}

/** Names of the numbers that a walk of some rank needs, in the order of {@link walkNumbers}. */
export function walkArguments(rank: number, operands: number): string[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return [
    ...axes.slice(1).map((axis) => `n${axis}`),
    ...Array.from({ length: operands }, (_, k) => [
      `o${k}`,
      ...axes.map((axis) => `s${k}_${axis}`),
    ]).flat(),
  ];
}

export function walkNumbers({ sizes, strides }: Walk, offsets: readonly number[]): number[] {
  return [...sizes.slice(1), ...strides.flatMap((steps, k) => [offsets[k], ...steps])];
}

/** Lines that find the index `c0`, `c1`, … of this element. */
export function walkLines(rank: number): string[] {
  const lines = [`const q${rank - 1} = this.thread.x;`];
  for (let axis = rank - 1; axis > 0; axis--) {
    lines.push(`const q${axis - 1} = quotient(q${axis}, n${axis});`);
    lines.push(`const c${axis} = q${axis} - q${axis - 1} * n${axis};`);
  }
  return [...lines, 'const c0 = q0;'];
}

/** Where this element of operand k lies. */
export function walkPosition(rank: number, k: number): string {
  const steps = Array.from({ length: rank }, (_, axis) => `c${axis} * s${k}_${axis}`);
  return [`o${k}`, ...steps].join(' + ');
}
