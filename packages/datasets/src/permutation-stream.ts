/** What shuffling needs of a random stream: the numbers 0 … n − 1 in random order. */
export interface PermutationStream {
  permutation(n: number): Int32Array;
}
