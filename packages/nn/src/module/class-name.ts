/**
 * What the class of a module is called in random streams, errors and files: its own static `className`, which no minifier
 * renames, or its name. One that it inherits belongs to another class.
 *
 * @example
 * classNameOf(Linear); // 'Linear', in a minified program too
 */
export function classNameOf(module: {
  readonly name: string;
  readonly className?: string;
}): string {
  return (Object.hasOwn(module, 'className') ? module.className : undefined) ?? module.name;
}
