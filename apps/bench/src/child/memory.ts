import { readFileSync, writeFileSync } from 'node:fs';

/** Resident bytes of this process now, and at most so far, as Linux counts them; null elsewhere. */
export function memoryNow(): { residentBytes: number | null; peakBytes: number | null } {
  const status = readStatus();
  return { residentBytes: field(status, 'VmRSS'), peakBytes: field(status, 'VmHWM') };
}

/** From now on the peak is that of what follows. Where that is not allowed it stays that of the whole process. */
export function forgetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Not Linux, or a container that forbids it.
  }
}

function readStatus(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}

function field(status: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status);
  return found ? Number(found[1]) * 1024 : null;
}
