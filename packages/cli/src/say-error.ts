import { UnrollError } from '@unroll/backend';

/**
 * One line for an error that says what to do, or that the system refused something; the whole trace for a fault of our own.
 *
 * @param isTold other errors whose message is all that there is to tell
 */
export function sayError(error: unknown, isTold: (error: Error) => boolean = () => false): string {
  if (!(error instanceof Error)) return String(error);
  const enough = error instanceof UnrollError || 'syscall' in error || isTold(error);
  return enough ? error.message : (error.stack ?? error.message);
}
