/** A text and the name of its class. */
export interface Review {
  readonly text: string;
  readonly label: string;
}

/** Reviews as they came: all in one list, or with a test part of their own. */
export interface Reviews {
  /** What is told of them: the name of the file, or what they are. */
  readonly name: string;
  readonly reviews: readonly Review[];
  readonly test?: readonly Review[];
}
