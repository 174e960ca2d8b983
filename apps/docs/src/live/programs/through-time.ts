type Row = readonly number[];
type Table = readonly Row[];

/** Two units, one feature, one answer; three steps. */
export interface ThroughTimeInput {
  readonly x: Row;
  /** What the answers are to be, T_t. */
  readonly target: Row;
  /** [2], [2, 2], [2], [2]: `h_t = tanh(x_t·W + h_{t−1}·U + b)`, `y_t = h_t·V`. */
  readonly W: Row;
  readonly U: Table;
  readonly b: Row;
  readonly V: Row;
}

/** Every number of the way forward and of the way back. */
export interface ThroughTimeOutput {
  readonly h: Table;
  readonly y: Row;
  readonly C: Row;
  /** ∂C/∂y_t, ∂C/∂h_t and ∂C/∂z_t, z_t being what tanh is taken of. */
  readonly dy: Row;
  readonly dh: Table;
  readonly dz: Table;
  readonly gradients: {
    readonly W: Row;
    readonly U: Table;
    readonly b: Row;
    readonly V: Row;
  };
}

/** The net of the lesson, with the numbers that stand in it. */
export const lessonNet: ThroughTimeInput = {
  x: [1, 0, -1],
  target: [0.5, 0, -0.5],
  W: [0.5, -0.3],
  U: [
    [0.2, 0.4],
    [-0.6, 0.1],
  ],
  b: [0.1, 0],
  V: [1, -1],
};

const units = [0, 1];

/** Backpropagation through time, each line as it stands in the lesson. */
export function throughTime({ x, target, W, U, b, V }: ThroughTimeInput): ThroughTimeOutput {
  const h: number[][] = [];
  for (const t of x.keys()) {
    const old = h[t - 1] ?? [0, 0];
    h.push(units.map((j) => Math.tanh(x[t] * W[j] + old[0] * U[0][j] + old[1] * U[1][j] + b[j])));
  }
  const y = h.map((h_t) => h_t[0] * V[0] + h_t[1] * V[1]);
  const C = y.map((y_t, t) => (y_t - target[t]) ** 2 / 2);
  const dy = y.map((y_t, t) => y_t - target[t]);
  const [dh, dz]: [number[][], number[][]] = [[], []];
  for (let t = x.length - 1; t >= 0; t--) {
    const next = dz[t + 1] ?? [0, 0];
    dh[t] = units.map((j) => dy[t] * V[j] + next[0] * U[j][0] + next[1] * U[j][1]);
    dz[t] = units.map((j) => dh[t][j] * (1 - h[t][j] ** 2));
  }
  const over = (f: (t: number) => number) => [...x.keys()].reduce((sum, t) => sum + f(t), 0);
  return {
    ...{ h, y, C, dy, dh, dz },
    gradients: {
      W: units.map((j) => over((t) => x[t] * dz[t][j])),
      U: units.map((i) => units.map((j) => over((t) => (h[t - 1]?.[i] ?? 0) * dz[t][j]))),
      b: units.map((j) => over((t) => dz[t][j])),
      V: units.map((j) => over((t) => h[t][j] * dy[t])),
    },
  };
}
