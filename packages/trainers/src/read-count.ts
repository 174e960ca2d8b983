/** How long the losses of steps that are read together may let wait, in milliseconds; and how many steps that is at most. */
const patience = 500;
const most = 32;

/**
 * How many steps to read together after so many have taken so long: as many as take half a second, at most 32, and at most
 * twice as many as before, because the first ones compile kernels.
 */
export function nextReadCount(read: number, milliseconds: number): number {
  const inTime = Math.round((read * patience) / milliseconds);
  return Math.max(1, Math.min(inTime, 2 * read, most));
}
