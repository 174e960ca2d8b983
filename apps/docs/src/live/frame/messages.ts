/** What the page sends to the worker. */
export type Order =
  | { readonly id: number; readonly program: string; readonly input: unknown }
  | { readonly id: number; readonly stop: true };

/** What comes back: news while it runs, then one of the other two. */
export type Reply =
  | { readonly id: number; readonly news: unknown }
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: string };
