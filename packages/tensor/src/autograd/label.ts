let current = '';

/** Runs `fn` with a place, which the anomaly mode puts behind the name of each operation recorded in it. */
export function labelled<T>(place: string, fn: () => T): T {
  const before = current;
  current = place;
  try {
    return fn();
  } finally {
    current = before;
  }
}

/** The place that operations are recorded in now; empty outside of any. */
export function label(): string {
  return current;
}

/** A name with the place that it is recorded in. */
export function withLabel(name: string): string {
  return current ? `${name} in ${current}` : name;
}
