/** Who is told which operation kernels run for. */
export interface Scopes {
  inside<T>(name: string, fn: () => T): T;
}

let scopes: Scopes | undefined;

/** Runs `fn`, whose kernels belong to one operation that is composed of others. */
export function operation<T>(name: string, fn: () => T): T {
  return scopes ? scopes.inside(name, fn) : fn();
}

/** The same for the backward pass of an operation. */
export function backwardOf<T>(name: string, fn: () => T): T {
  return scopes ? scopes.inside(`${name} backward`, fn) : fn();
}

/** Sets who is told; undefined for nobody. */
export function tellScopes(to: Scopes | undefined): void {
  scopes = to;
}
