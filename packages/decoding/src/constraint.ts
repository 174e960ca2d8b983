import { DataError } from '@unroll/backend';

/**
 * Which ids may come next: a filter of scores that moves along with what was chosen. `S` is where it stands, plain data that
 * is never changed, so that beams can share it.
 */
export interface Constraint<S = unknown> {
  /** Where it stands before the first id that is generated. */
  readonly start: S;
  /** The ids that may follow; each of them leads on or may be the last. */
  allowed(state: S): ReadonlySet<number>;
  /** Where it stands after an id that may follow. */
  next(state: S, id: number): S;
  /** Whether what was generated so far may be all. */
  canEnd(state: S): boolean;
}

/** What is left of lists of ids. */
interface Branch {
  readonly children: Map<number, Branch>;
  ends: boolean;
}

/**
 * Only these lists of ids, each from its first to its last.
 *
 * @throws DataError without lists
 * @example
 * const yesOrNo = oneOf([tokenizer.encode('yes'), tokenizer.encode('no')]);
 * generate(model, { prompt, constraint: yesOrNo });
 */
export function oneOf(lists: readonly ArrayLike<number>[]): Constraint<Branch> {
  if (lists.length === 0) {
    throw new DataError('oneOf', 'there is no list of ids, so that nothing could be generated');
  }
  const start: Branch = { children: new Map(), ends: false };
  for (const list of lists) {
    let at = start;
    for (const id of Array.from(list)) {
      const child: Branch = at.children.get(id) ?? { children: new Map(), ends: false };
      at.children.set(id, child);
      at = child;
    }
    at.ends = true;
  }
  return {
    start,
    allowed: ({ children }) => new Set(children.keys()),
    next: ({ children }, id) => children.get(id) as Branch,
    canEnd: ({ ends }) => ends,
  };
}

/**
 * The ids that may come next, the end among them where the constraint can end; none where it is over without one.
 *
 * @throws DataError where nothing may follow and nothing may end
 */
export function choices<S>(
  operation: string,
  constraint: Constraint<S>,
  state: S,
  end: number | undefined,
): ReadonlySet<number> {
  const allowed = new Set(constraint.allowed(state));
  const canEnd = constraint.canEnd(state);
  if (canEnd && end !== undefined) allowed.add(end);
  if (allowed.size > 0 || canEnd) return allowed;
  throw new DataError(
    operation,
    'the constraint allows nothing to follow what was generated, and does not let it end there. Can any text satisfy it?',
  );
}
