import type { Program, Scan, ScanBackward, WantedGradients } from '@unroll/backend';

/** What a form is made for, beside its program. */
export interface Occasion {
  readonly batchSizes: readonly number[];
  readonly reverse: boolean;
  /** The gradients that the forward run is told of. */
  readonly save: Scan['save'];
  /** The gradients that the backward run gives. */
  readonly wanted: WantedGradients | undefined;
  readonly watch: readonly string[];
  /** How many entries each source has. */
  readonly entries: ReadonlyMap<string, number>;
}

/** Forms of one program that are kept: sequences of many different lengths would make ever more of them. */
const KEPT = 16;

/** The forms that were used last, by program and occasion. */
export class Forms<F> {
  readonly #made = new WeakMap<Program, { readonly occasion: Occasion; readonly form: F }[]>();

  get(program: Program, occasion: Occasion, make: () => F): F {
    const made = this.#made.get(program) ?? [];
    if (made.length === 0) this.#made.set(program, made);
    const at = made.findIndex((one) => isSame(one.occasion, occasion));
    if (at === 0) return made[0].form;
    const found = at > 0 ? made.splice(at, 1)[0] : { occasion, form: make() };
    made.unshift(found);
    made.length = Math.min(made.length, KEPT);
    return found.form;
  }
}

/** The occasion of a forward call. */
export function occasionOf(
  { schedule, save, watch }: Scan,
  entries: Occasion['entries'],
): Occasion {
  const { batchSizes, reverse } = schedule;
  return { batchSizes, reverse, save, wanted: undefined, watch, entries };
}

/** The occasion of a backward call. */
export function backwardOccasionOf(
  { forward: { schedule, save }, wanted, watch }: ScanBackward,
  entries: Occasion['entries'],
): Occasion {
  const { batchSizes, reverse } = schedule;
  return { batchSizes, reverse, save, wanted, watch, entries };
}

function isSame(a: Occasion, b: Occasion): boolean {
  return (
    a.reverse === b.reverse &&
    areEqual(a.batchSizes, b.batchSizes) &&
    wantSame(a.save, b.save) &&
    wantSame(a.wanted, b.wanted) &&
    areEqual(a.watch, b.watch) &&
    a.entries.size === b.entries.size &&
    [...a.entries].every(([source, n]) => b.entries.get(source) === n)
  );
}

function wantSame(a: Scan['save'] | undefined, b: Scan['save'] | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  for (const kind in a) {
    const which = kind as keyof WantedGradients;
    if (!areEqual(a[which], b[which])) return false;
  }
  return true;
}

function areEqual<T>(a: readonly T[], b: readonly T[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
