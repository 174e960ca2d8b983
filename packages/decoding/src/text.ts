import { type Constraint, choices } from './constraint.ts';

/** What the writing of a text depends on. */
export interface TextRules {
  readonly length: number;
  readonly end: number | undefined;
  readonly constraint: Constraint | undefined;
}

/** A text that is being written; of its prompt the model may still read. */
export class Text {
  /** Its prompt and what was generated after it. */
  readonly seen: number[];
  /** Ids that may come next; undefined: all. */
  allowed: ReadonlySet<number> | undefined;
  readonly #rules: TextRules;
  #read: number;
  #generated = 0;
  #ended = false;
  #allowedFrom: unknown;

  /** @param read how many ids of the prompt are read at once, with those of the others */
  constructor(prompt: ArrayLike<number>, read: number, rules: TextRules) {
    this.seen = Array.from(prompt);
    this.#read = read;
    this.#rules = rules;
    this.#allowedFrom = rules.constraint?.start;
  }

  /** Whether another id comes; looks up which may. */
  goesOn(operation: string): boolean {
    const { length, end, constraint } = this.#rules;
    if (this.#ended || this.#generated >= length) return false;
    if (constraint) this.allowed = choices(operation, constraint, this.#allowedFrom, end);
    return this.allowed?.size !== 0;
  }

  /** Whether the model has read all there is, so that the next id is generated. */
  get isRead(): boolean {
    return this.#read === this.seen.length;
  }

  /** The id that the model reads next: the prompt's, or the last that was generated. */
  next(): number {
    return this.seen[this.#read++];
  }

  append(id: number): void {
    const { end, constraint } = this.#rules;
    this.seen.push(id);
    this.#generated++;
    this.#ended = id === end;
    if (constraint && !this.#ended) this.#allowedFrom = constraint.next(this.#allowedFrom, id);
  }
}
