/** Something that was chosen, and why it is so. */
export interface Fact {
  readonly value: string | number | boolean;
  /** A clause without a full stop. */
  readonly why: string;
}
