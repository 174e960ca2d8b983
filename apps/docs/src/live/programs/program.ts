/** What a program can ask of the page while it runs. */
export interface Run<News> {
  /** Tells the page how far it is. */
  tell(news: News): void;
  /** Whether the reader has stopped it. */
  readonly signal: AbortSignal;
}

/** One live part: from plain data to plain data, in the worker. */
export type Program<Input = never, Output = unknown, News = never> = (
  input: Input,
  run: Run<News>,
) => Promise<Output>;

/** How training goes on, and its curve as SVG. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** That of the first step. */
  readonly first: number;
  readonly curve: string;
}
