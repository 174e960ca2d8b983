/** Whether what a reader has typed is the number that is asked for; a comma may stand for the point, and % behind it. */
export function isRight(given: string, answer: string, within: number): boolean {
  const typed = given.trim().replace(/\s*%$/, '').replace(',', '.').replace('−', '-');
  if (typed === '') return false;
  return Math.abs(Number(typed) - Number(answer)) <= within + 1e-9;
}
