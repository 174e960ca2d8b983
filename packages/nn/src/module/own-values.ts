/**
 * What stands in the properties of an object, and in arrays and plain objects among them, by dotted path:
 * `layers.0` for the first item of the property `layers`. Private fields (`#x`) cannot be seen.
 */
export function ownValues(owner: object): [path: string, value: unknown][] {
  const found: [string, unknown][] = [];
  const open = new Set<unknown>();
  const visit = (holder: object, prefix: string): void => {
    open.add(holder);
    for (const [key, value] of Object.entries(holder)) {
      const path = prefix === '' ? key : `${prefix}.${key}`;
      if (!isContainer(value)) found.push([path, value]);
      else if (!open.has(value)) visit(value, path);
    }
    open.delete(holder);
  };
  visit(owner, '');
  return found;
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
