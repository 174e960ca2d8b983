import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';

/** Watches what the machine does while nobody of ours has a turn. */
export class IdleWatch {
  #busy = 0;
  #total = 0;

  /** Waits so many milliseconds: half of them for threads to fall asleep, then it looks who is still at work. */
  async pause(milliseconds: number): Promise<void> {
    await setTimeout(milliseconds / 2);
    const before = cpuTimes();
    await setTimeout(milliseconds / 2);
    const after = cpuTimes();
    this.#busy += after.busy - before.busy;
    this.#total += after.total - before.total;
  }

  /** Share of all cores that was at work in the pauses; 0 before the first. */
  get busyShare(): number {
    return this.#total > 0 ? this.#busy / this.#total : 0;
  }
}

function cpuTimes() {
  const times = cpus().map((core) => core.times);
  const total = times.reduce((sum, t) => sum + t.user + t.nice + t.sys + t.irq + t.idle, 0);
  return { total, busy: total - times.reduce((sum, t) => sum + t.idle, 0) };
}

/** More than this is told. */
const tolerated = 0.05;

/** A sentence when somebody else was at work during a measurement. */
export function busyNote(what: string, { busyShare }: Pick<IdleWatch, 'busyShare'>): string[] {
  if (busyShare <= tolerated) return [];
  const percent = Math.round(busyShare * 100);
  return [`${what}: ${percent} % of the machine was at work while nobody had a turn. Is it quiet?`];
}
