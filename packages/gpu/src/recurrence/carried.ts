import type { Content } from '../device/content.ts';
import type { Device } from '../device/device.ts';
import { joinSteps } from '../kernels/join.ts';
import { strided } from '../kernels/move.ts';
import type { Place } from '../source/kernel-text.ts';

/** Rows that lie together. */
interface Segment {
  readonly place: Place;
  readonly rows: number;
}

/** A place as it would be if nothing lay between its rows. */
export function compact(device: Device, place: Place, rows: number, size: number): Place {
  if (place.stride === size) return place;
  const { content, offset, stride } = place;
  const copy = strided(device, 'copy', content, offset, [rows, size], [stride, 1]);
  return { content: copy, offset: 0, stride: size };
}

/** Rows one after the other, in one content. */
export function stack(device: Device, segments: readonly Segment[], size: number): Content {
  const parts = segments
    .filter(({ rows }) => rows > 0)
    .map(({ place, rows }) => ({ ...compact(device, place, rows, size), length: rows * size }));
  const [first] = parts;
  const whole = parts.length === 1 && first.offset === 0 && first.content.length === first.length;
  return whole ? first.content : joinSteps(device, parts, 'stack');
}

/**
 * A state while a program runs. Rows that have ended keep what they had: it is a list of rows from different steps, and
 * only when a step reads across two of them are they brought together.
 */
export class Carried {
  readonly #device: Device;
  readonly #size: number;
  #segments: Segment[];

  constructor(device: Device, place: Place, rows: number, size: number) {
    this.#device = device;
    this.#size = size;
    this.#segments = [{ place, rows }];
  }

  /** The first rows. */
  first(rows: number): Place {
    const [segment] = this.#segments;
    if (segment.rows >= rows) return segment.place;
    const taken: Segment[] = [];
    let missing = rows;
    for (const { place, rows: there } of this.#segments) {
      taken.push({ place, rows: Math.min(there, missing) });
      missing -= Math.min(there, missing);
    }
    const content = stack(this.#device, taken, this.#size);
    return { content, offset: 0, stride: this.#size };
  }

  /** The first rows are others from now on. */
  replace(place: Place, rows: number): void {
    const rest: Segment[] = [];
    let before = rows;
    for (const segment of this.#segments) {
      const skipped = Math.min(before, segment.rows);
      before -= skipped;
      if (skipped === segment.rows) continue;
      const { content, offset, stride } = segment.place;
      const moved = { content, stride, offset: offset + skipped * stride };
      rest.push({ place: moved, rows: segment.rows - skipped });
    }
    this.#segments = [{ place, rows }, ...rest];
  }

  /** All rows. */
  content(): Content {
    return stack(this.#device, this.#segments, this.#size);
  }
}
