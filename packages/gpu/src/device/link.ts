import type { GpuJs, Mode } from './gpu-js.ts';

/** What one buffer may hold, and what says so. */
export interface Most {
  readonly elements: number;
  /** A clause for error messages. */
  readonly because: string;
}

/** Bytes from which on an allocation is watched by itself; asking after each would take longer than a small kernel. */
export const LARGE = 2 ** 24;

/** What a driver has said against a piece of work. */
export interface Complaint {
  /** Whether it had no memory left, as against not doing such work. */
  readonly memory: boolean;
  readonly words: string;
}

/** The way to one device: what it can hold, and how one hears that it has failed. */
export interface Link {
  readonly mode: Mode;
  readonly gpu: GpuJs;
  readonly most: Most;
  /** How the device was lost, as a clause; undefined while it is there. */
  loss(): string | undefined;
  /** What was said against work that nobody watched, first things first; it is not known which work it was. */
  complaint(): Complaint | undefined;
  /** Has work done that takes much memory. @throws Refusal for what the driver says against it */
  watch<T>(work: () => Promise<T>): Promise<T>;
}

/** A complaint about work that was watched. */
export class Refusal extends Error {
  readonly complaint: Complaint;

  constructor(complaint: Complaint) {
    super(complaint.words);
    this.complaint = complaint;
  }
}

/** Indices are float32 in kernels, so this many elements can be told apart. */
const COUNTABLE: Most = {
  elements: 2 ** 24,
  because: 'as many as kernels can count, whose indices are float32',
};

/** The least of what a device allows and what kernels can count. */
export function mostOf(device: Most): Most {
  return device.elements < COUNTABLE.elements ? device : COUNTABLE;
}

/** gpu.js's own emulation, which is never lost. */
export function plainLink(gpu: GpuJs): Link {
  return {
    mode: 'cpu',
    gpu,
    most: COUNTABLE,
    loss: () => undefined,
    complaint: () => undefined,
    watch: (work) => work(),
  };
}
