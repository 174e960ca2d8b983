// What release points know of memory. Storages tell it here what becomes of them; the release points read it in
// `releasing.ts`.

/** Memory of tensors, as a release point sees it. */
export interface Freeable {
  /** Whether the rules let it go; small memory too where nobody outside can have seen it. */
  isFree(unseen: boolean): boolean;
  /** Whether something that outlives a step has it. */
  readonly isHeld: boolean;
  free(place: string): void;
}

/** From a beginning to a release point. */
export interface Span {
  /** What was made meanwhile; absent as long as there is nothing, as always on a CPU. */
  made?: Set<Freeable>;
  /** The one around it. */
  readonly outer: Span | undefined;
  /** Whether nobody outside sees what is made there, unless it is moved out or held. */
  readonly unseen: boolean;
}

let current: Span | undefined;
/** What was held when its span ended: free when it is let go. */
const outlived = new WeakSet<Freeable>();
let abandoned: Freeable[] = [];

/** A span around what follows, until {@link leave}. */
export function enter(unseen: boolean): Span {
  current = { outer: current, unseen };
  return current;
}

export function leave({ outer }: Span): void {
  current = outer;
}

/** Runs `fn` in another span; in none without. */
export function within<T>(span: Span | undefined, fn: () => T): T {
  const before = current;
  current = span;
  try {
    return fn();
  } finally {
    current = before;
  }
}

/** Runs `fn` as if it stood around the innermost span. */
export function outside<T>(fn: () => T): T {
  return within(current?.outer, fn);
}

/** Memory that was made in the innermost span belongs to the one around it. */
export function moveOut(memory: Freeable): void {
  if (current?.made?.delete(memory) && current.outer) addTo(current.outer, memory);
}

/** Memory was made in the innermost span. */
export function made(memory: Freeable): void {
  if (current) addTo(current, memory);
}

function addTo(span: Span, memory: Freeable): void {
  span.made ??= new Set();
  span.made.add(memory);
}

/** Memory that was held is let go: the next release point looks at it again, if it was made in a span. */
export function reconsider(memory: Freeable): void {
  if (!outlived.delete(memory)) return;
  if (current) made(memory);
  else abandoned.push(memory);
}

/**
 * A release point, named for messages: what was made in a span is freed, if the rules let it go and `keeps` does not say
 * otherwise. The rest belongs to the span around it; outside of all it is the garbage collector's.
 */
export function release(span: Span, place: string, keeps: (memory: Freeable) => boolean): void {
  const all = span.outer ? (span.made ?? []) : [...(span.made ?? []), ...abandoned];
  if (!span.outer) abandoned = [];
  delete span.made;
  for (const memory of all) {
    if (memory.isFree(span.unseen) && !keeps(memory)) memory.free(place);
    else if (span.outer) addTo(span.outer, memory);
    else if (memory.isHeld) outlived.add(memory);
  }
}
