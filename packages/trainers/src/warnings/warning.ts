/** What a trainer has seen that seldom goes with a net that learns. */
export interface TrainingWarning {
  readonly kind: 'start' | 'unknown' | 'vanishing' | 'exploding' | 'unused' | 'stuck';
  /** What was seen, in figures, and the way out. */
  readonly message: string;
}

export type Warn = (warning: TrainingWarning) => void;

/** Says each kind of warning once. */
export function once(warn: Warn): Warn {
  const said = new Set<string>();
  return (warning) => {
    if (said.has(warning.kind)) return;
    said.add(warning.kind);
    warn(warning);
  };
}
