/** A `--json` file that was kept, with its name. */
export interface KeptResult {
  readonly file: string;
  readonly name: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, unknown>>;
}
