/** Zeros beside the states of a chain, so that those at the border have neighbours too. */
export const PAD = 2;

/** The first state that a path can be in at step t of `steps`: it moves by twos at most, and has to get to the end. */
export function firstState(states: number, steps: number, t: number): number {
  return Math.max(0, states - 2 * (steps - t));
}

/** The one behind the last state that it can have come to. */
export function endState(states: number, t: number): number {
  return Math.min(states, 2 * t + 2);
}
