import type { AnswerStore } from './auto.ts';
import type { DeviceChoice } from './device-choice.ts';

/** So that the keys of a shared store say whose they are, and of which format. */
const prefix = 'unroll-auto-1\n';

/** An answer that was kept; undefined where there is none, or none that can be read. */
export function recall(store: AnswerStore | undefined, key: string): DeviceChoice | undefined {
  try {
    const kept: unknown = JSON.parse(store?.getItem(prefix + key) ?? 'null');
    return isChoice(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps an answer that two medians speak for: what has failed may do better tomorrow. */
export function remember(store: AnswerStore | undefined, key: string, choice: DeviceChoice): void {
  if (choice.cpu === undefined || choice.other === undefined) return;
  try {
    store?.setItem(prefix + key, JSON.stringify(choice));
  } catch {
    // A store that is full or forbidden keeps nothing; the run has its answer.
  }
}

function isChoice(kept: unknown): kept is DeviceChoice {
  const { run, chosen, backend, cpu, other, why } = (kept ?? {}) as Partial<DeviceChoice>;
  return (
    [run, backend, why].every((text) => typeof text === 'string') &&
    [cpu, other].every((time) => typeof time === 'number') &&
    (chosen === 'cpu' || chosen === 'other')
  );
}
