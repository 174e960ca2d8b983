import { DataError } from '@unroll/backend';

/** Which tags may come where. What is left out allows everything. */
export interface TagConstraints {
  /** `[from][to]`: whether a tag may follow another. */
  readonly transitions?: readonly (readonly boolean[])[];
  /** Whether a tag may be the first. */
  readonly start?: readonly boolean[];
  /** Whether a tag may be the last. */
  readonly end?: readonly boolean[];
}

/**
 * The constraints of BIO tags (Ramshaw & Marcus 1995, IOB2): `I-x` continues only `B-x` or `I-x`, and begins nothing.
 *
 * @param tags the name of each tag: `O`, `B-x` or `I-x`
 * @throws DataError for other names, and for an `I-x` without its `B-x`
 * @example
 * const { transitions, start } = bioConstraints(['O', 'B-time', 'I-time']);
 * console.log(start, transitions[0]); // [true, true, false] twice: after O as at the beginning
 */
export function bioConstraints(tags: readonly string[]): Required<TagConstraints> {
  const inside = (tag: string) => tag.startsWith('I-');
  for (const tag of tags) {
    if (tag !== 'O' && !/^[BI]-./.test(tag)) {
      throw new DataError('bioConstraints', `tags are 'O', 'B-x' or 'I-x'; got '${tag}'`, { tag });
    }
    if (inside(tag) && !tags.includes(`B${tag.slice(1)}`)) {
      throw new DataError(
        'bioConstraints',
        `'${tag}' can never come: there is no 'B${tag.slice(1)}'`,
        { tag },
      );
    }
  }
  return {
    transitions: tags.map((from) =>
      tags.map((to) => !inside(to) || (from !== 'O' && from.slice(1) === to.slice(1))),
    ),
    start: tags.map((tag) => !inside(tag)),
    end: tags.map(() => true),
  };
}

/**
 * @throws DataError for lists of another size than the number of tags, or when no sequence at all fits
 */
export function checkConstraints(numTags: number, constraints: TagConstraints): void {
  const { transitions, start, end } = constraints;
  const lists = Object.entries({ start, end }).filter(([, list]) => list !== undefined);
  const wrong = lists
    .filter(([, list]) => list?.length !== numTags)
    .map(([name, list]) => `${name} has ${list?.length}`);
  if (transitions && [transitions, ...transitions].some(({ length }) => length !== numTags)) {
    wrong.push('transitions is no square of them');
  }
  if (wrong.length > 0) {
    throw new DataError(
      'CRF',
      `constraints must say something of ${numTags} tags; ${wrong.join(', ')}`,
      { numTags },
    );
  }
  if (reachesAnEnd(numTags, constraints)) return;
  throw new DataError(
    'CRF',
    'no sequence of tags satisfies the constraints: from no tag that may be the first a way leads to one that may be the last',
    { numTags },
  );
}

/** Whether from a first tag a last one can be reached. */
function reachesAnEnd(numTags: number, { transitions, start, end }: TagConstraints): boolean {
  const found = new Set(
    Array.from({ length: numTags }, (_, tag) => tag).filter((tag) => start?.[tag] ?? true),
  );
  // A set that grows while it is walked through is walked to its end.
  for (const from of found) {
    for (let to = 0; to < numTags; to++) if (transitions?.[from][to] ?? true) found.add(to);
  }
  return [...found].some((tag) => end?.[tag] ?? true);
}
