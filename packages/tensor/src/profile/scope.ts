/** Who is told which operation kernels run for. */
export interface Scopes {
  inside<T>(name: string, fn: () => T): T;
}

let scopes: Scopes | undefined;

/** Runs `fn`, whose kernels belong to one operation: a backward pass, or a forward one that is composed of others. */
export function operation<T>(name: string, fn: () => T): T {
  return scopes ? scopes.inside(name, fn) : fn();
}

/** Sets who is told; undefined for nobody. */
export function tellScopes(to: Scopes | undefined): void {
  scopes = to;
}
