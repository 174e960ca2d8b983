/** The facts behind an error, for programs: both sides of a mismatch, the limit that was passed, the name asked for. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * Every error that Unroll throws on purpose: data first (which operation, both sides), then words that name them and
 * the way out.
 *
 * @example
 * try { matmul(ones([2, 3]), ones([2, 3])); } catch (error) {
 *   if (error instanceof ShapeError) console.log(error.operation, error.details);
 * }
 */
export class UnrollError extends Error {
  readonly operation: string;
  readonly details: ErrorDetails;

  constructor(operation: string, words: string, details: ErrorDetails = {}, cause?: unknown) {
    super(`${operation}: ${words}`, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.operation = operation;
    this.details = details;
  }
}

/** Shapes that do not fit each other or the operation. */
export class ShapeError extends UnrollError {}
/** A dtype that the operation does not take, or two that do not go together. */
export class DTypeError extends UnrollError {}
/** An id, index or axis outside its range. */
export class IndexError extends UnrollError {}
/** An option that does not exist or has a value that it cannot have. */
export class OptionError extends UnrollError {}
/** Something that this backend, dtype or kind of model cannot do. */
export class UnsupportedError extends UnrollError {}
/** A use against the rules of autograd: a saved value that was overwritten, a graph that is gone, a missing gradient. */
export class AutogradError extends UnrollError {}
/** NaN or infinity where a number was needed. */
export class NumericError extends UnrollError {}
/** Input data that cannot be used: empty text, a text shorter than a window, a sequence of length zero. */
export class DataError extends UnrollError {}
/** A file that is missing, truncated, lying or of another format; or a disk that is full. */
export class FileError extends UnrollError {}
/** A device that is gone (a driver that was reset, a tab's GPU that was taken away), and all values on it with it. */
export class DeviceLostError extends UnrollError {}
/** A device without room for what was asked of it; `details` has the bytes `asked` and those `alive` before. */
export class OutOfMemoryError extends UnrollError {}
