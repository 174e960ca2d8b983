/** Four digits that count, thousands set apart: 35,812 → `35,810`, 0.98765 → `0.9877`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4 });
}
