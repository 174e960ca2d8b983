import type { RandomStream } from '@unroll/tensor';

/** A calendar day. */
export interface Day {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** A date as people write it, and as ISO 8601 has it. */
export interface DatePair {
  readonly written: string;
  readonly iso: string;
}

const months = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july'],
  ...['august', 'september', 'october', 'november', 'december'],
];
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const ordinals = [
  ...['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth'],
  ...['tenth', 'eleventh', 'twelfth', 'thirteenth', 'fourteenth', 'fifteenth', 'sixteenth'],
  ...['seventeenth', 'eighteenth', 'nineteenth', 'twentieth'],
];

const two = (n: number) => String(n % 100).padStart(2, '0');

function ordinal(n: number): string {
  if (n <= 20) return ordinals[n - 1];
  if (n === 30) return 'thirtieth';
  return `${n < 30 ? 'twenty' : 'thirty'}-${ordinals[(n % 10) - 1]}`;
}

function suffixed(n: number): string {
  const ending = n % 100 > 10 && n % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}

function weekdayOf({ year, month, day }: Day): string {
  return weekdays[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
}

const monthOf = ({ month }: Day) => months[month - 1];
const short = (name: string) => name.slice(0, 3);

/** Ways to write a date. Where there are numbers alone the day comes first; years of two digits are 1950 to 2049. */
export const forms: readonly ((day: Day) => string)[] = [
  (d) => `${ordinal(d.day)} of ${monthOf(d)} ${d.year}`,
  (d) => `the ${ordinal(d.day)} of ${monthOf(d)}, ${d.year}`,
  (d) => `${monthOf(d)} the ${ordinal(d.day)}, ${d.year}`,
  (d) => `${two(d.day)}/${two(d.month)}/${two(d.year)}`,
  (d) => `${two(d.day)}/${two(d.month)}/${d.year}`,
  (d) => `${d.day}.${d.month}.${d.year}`,
  (d) => `${d.day}.${d.month}.${two(d.year)}`,
  (d) => `${d.year}/${two(d.month)}/${two(d.day)}`,
  (d) => `${monthOf(d)} ${d.day}, ${d.year}`,
  (d) => `${short(monthOf(d))} ${d.day}, ${d.year}`,
  (d) => `${d.day} ${monthOf(d)} ${d.year}`,
  (d) => `${d.day} ${short(monthOf(d))} ${two(d.year)}`,
  (d) => `${d.day}-${short(monthOf(d))}-${d.year}`,
  (d) => `${suffixed(d.day)} ${monthOf(d)} ${d.year}`,
  (d) => `${weekdayOf(d)}, ${d.day} ${monthOf(d)} ${d.year}`,
  (d) => `${short(weekdayOf(d))} ${short(monthOf(d))} ${d.day} ${d.year}`,
  (d) => `${weekdayOf(d)} the ${ordinal(d.day)} of ${monthOf(d)} ${d.year}`,
];

export function isoOf({ year, month, day }: Day): string {
  return `${year}-${two(month)}-${two(day)}`;
}

/** Every day from 1950 to 2049. */
export function everyDay(): Day[] {
  const days: Day[] = [];
  const end = Date.UTC(2050, 0, 1);
  for (let time = Date.UTC(1950, 0, 1); time < end; time += 86_400_000) {
    const date = new Date(time);
    days.push({
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
    });
  }
  return days;
}

/** Days by what they are for. None is in two parts. */
export interface Split {
  readonly train: readonly Day[];
  readonly valid: readonly Day[];
  readonly test: readonly Day[];
}

/** All days in random order: 15 % for the test, 5 % to watch training, the others to learn from. */
export function splitDays(stream: RandomStream): Split {
  const days = everyDay();
  const order = Array.from(stream.permutation(days.length), (i) => days[i]);
  const [test, valid] = [Math.floor(0.15 * days.length), Math.floor(0.05 * days.length)];
  return {
    test: order.slice(0, test),
    valid: order.slice(test, test + valid),
    train: order.slice(test + valid),
  };
}

/** Each day, written in a way that is drawn. */
export function writeDays(days: readonly Day[], stream: RandomStream): DatePair[] {
  return days.map((day) => {
    const form = forms[Math.floor(stream.next() * forms.length)];
    return { written: form(day), iso: isoOf(day) };
  });
}
