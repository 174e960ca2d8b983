import type { Backend } from '@unroll/backend';
import { currentAuto, currentBackend } from '../core/engine.ts';
import { recall, remember } from './answers.ts';
import type { Auto } from './auto.ts';
import type { DeviceChoice } from './device-choice.ts';
import { limited, race, type Verdict } from './race.ts';
import { contestant, type Trial } from './trial.ts';

/** How long a backend may take to come to be. */
const patience = 10_000;

/**
 * The backend that a run should compute on: under `auto` the faster one for its steps; undefined where it should stay where
 * it is. The question is answered once for each program, shapes and machine.
 *
 * Nothing that the run is made of is another afterwards: steps compute on copies, and draw the random numbers that the run
 * will draw.
 */
export async function chooseBackend(trial: Trial): Promise<Backend | undefined> {
  const auto = currentAuto();
  if (!auto) return undefined;
  const cpu = currentBackend();
  const tensors = [...trial.tensors];
  // Whoever holds a tensor elsewhere has decided for it: a run in which this one takes place, or float64.
  if (tensors.some(({ storage }) => storage.backend !== cpu)) return undefined;
  const other = await otherOf(auto, trial.run, cpu);
  if (!other) return undefined;
  const choice = await answer(auto, { ...trial, tensors }, cpu, other);
  auto.note(choice);
  return choice.chosen === 'other' ? other : undefined;
}

/**
 * Where a run goes on that was begun on the backend of this name, as its bits ask for: nothing is measured then.
 *
 * @returns undefined where it is neither of the two, or not under `auto`; a backend that is undefined means to stay
 */
export async function resumeBackend(
  run: string,
  name: string | undefined,
): Promise<{ readonly backend: Backend | undefined } | undefined> {
  const auto = currentAuto();
  if (!auto || name === undefined) return undefined;
  const cpu = currentBackend();
  const other = await otherOf(auto, run, cpu);
  if (!other || cpu.name === other.name) return undefined;
  const chosen = name === cpu.name ? 'cpu' : name === other.name ? 'other' : undefined;
  if (chosen === undefined) return undefined;
  const why = 'the run was begun there';
  auto.note({ run, chosen, backend: name, cpu: undefined, other: undefined, why, cached: false });
  return { backend: chosen === 'other' ? other : undefined };
}

async function otherOf(auto: Auto, run: string, cpu: Backend): Promise<Backend | undefined> {
  try {
    return await limited(auto.other, patience);
  } catch (error) {
    const why = `there is no other: ${error instanceof Error ? error.message : String(error)}`;
    const nothing = { cpu: undefined, other: undefined };
    auto.note({ run, chosen: 'cpu', backend: cpu.name, ...nothing, why, cached: false });
    return undefined;
  }
}

async function answer(
  auto: Auto,
  trial: Trial,
  cpu: Backend,
  other: Backend,
): Promise<DeviceChoice> {
  const shapes = [...trial.tensors].map(({ shape }) => `[${shape.join(', ')}]`).join(' ');
  const key = [trial.run, trial.program, shapes, machineOf(cpu), machineOf(other)].join('\n');
  const known = auto.answers.get(key);
  if (known) return { ...(await known), cached: true };
  const stored = recall(auto.store, key);
  if (stored) {
    auto.answers.set(key, Promise.resolve(stored));
    return { ...stored, cached: true };
  }
  const found = auto.inTurn(() => measure(trial, cpu, other));
  auto.answers.set(key, found);
  const choice = await found;
  if (trial.signal?.aborted) auto.answers.delete(key);
  else remember(auto.store, key, choice);
  return choice;
}

async function measure(trial: Trial, cpu: Backend, other: Backend): Promise<DeviceChoice> {
  const { run, signal } = trial;
  const cpuTrial = contestant(trial, cpu);
  const verdict = await race(cpuTrial, contestant(trial, other), signal).catch(
    // The run's own step will say what is wrong.
    (error: unknown): Verdict => ({
      ...{ faster: 'cpu', cpu: undefined, other: undefined },
      flaw: error instanceof Error ? error.message : String(error),
    }),
  );
  const { faster: chosen, cpu: mine, other: theirs } = verdict;
  const backend = chosen === 'cpu' ? cpu.name : other.name;
  const why = inWords(verdict, cpu.name, other.name);
  return { run, chosen, backend, cpu: mine, other: theirs, why, cached: false };
}

function inWords({ cpu, other, flaw }: Verdict, cpuName: string, otherName: string): string {
  if (cpu === undefined) return flaw === undefined ? 'the measurement was broken off' : `${flaw}`;
  if (other === undefined) {
    const reason = flaw ?? 'the measurement was broken off';
    return `a step takes ${shown(cpu)} there; on ${otherName} ${reason}`;
  }
  return `a step takes ${shown(cpu)} on ${cpuName} and ${shown(other)} on ${otherName} (medians)`;
}

function shown(milliseconds: number): string {
  return `${milliseconds.toLocaleString('en-US', { maximumSignificantDigits: 3 })} ms`;
}

/** What a backend's speed depends on, in words; what lies in its memory just then is no part of that. */
function machineOf({ name, describe }: Backend): string {
  const { memory: _, ...facts } = describe?.() ?? {};
  return [name, ...Object.entries(facts).map(([fact, { value }]) => `${fact} ${value}`)].join(', ');
}
