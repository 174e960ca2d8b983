/**
 * What goes wrong with text, ids or a tokenizer's file: the operation, then words that name both sides and the way out.
 *
 * This package stands in the lowest row beside the engine and imports nothing of it, hence an error class of its own.
 */
export class TokenizerError extends Error {
  readonly operation: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(operation: string, words: string, details: Readonly<Record<string, unknown>> = {}) {
    super(`${operation}: ${words}`);
    this.name = 'TokenizerError';
    this.operation = operation;
    this.details = details;
  }
}
