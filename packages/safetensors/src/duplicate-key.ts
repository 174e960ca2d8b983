/**
 * The first key that an object inside a JSON text holds twice, or undefined. `JSON.parse` keeps the last one silently,
 * and two readers that disagree about a file are how one gets past a check.
 *
 * @param json a text that `JSON.parse` has accepted
 */
export function duplicateKey(json: string): string | undefined {
  /** The keys seen in each open object; undefined for an open array. */
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (let i = 0; i < json.length; i++) {
    const character = json[i];
    if (character === '"') {
      const end = endOfString(json, i);
      const keys = open.at(-1);
      if (expectsKey && keys) {
        const key = JSON.parse(json.slice(i, end)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
      }
      expectsKey = false;
      i = end - 1;
    } else if (character === '{' || character === '[') {
      expectsKey = character === '{';
      open.push(expectsKey ? new Set() : undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
    } else if (character === ',') {
      expectsKey = open.at(-1) !== undefined;
    }
  }
  return undefined;
}

/** The position after the closing quote of the string that opens at `start`. */
function endOfString(json: string, start: number): number {
  let i = start + 1;
  while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
  return i + 1;
}
