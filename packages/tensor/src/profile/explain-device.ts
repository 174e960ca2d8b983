import type { Backend, Fact } from '@unroll/backend';
import type { Auto } from '../auto/auto.ts';
import { reasonFor } from '../auto/device-choice.ts';
import { currentAuto, currentBackend, reasonForBackend } from '../core/engine.ts';

/** What computes, and why that: facts by name. As a text it has one line for each. */
export class DeviceReport {
  readonly facts: Readonly<Record<string, Fact>>;

  constructor(facts: Readonly<Record<string, Fact>>) {
    this.facts = facts;
  }

  toString(): string {
    const lines = Object.entries(this.facts).map(([name, { value, why }]) => [
      name,
      String(value),
      why,
    ]);
    const width = (i: number) => Math.max(...lines.map((cells) => cells[i].length));
    const [names, values] = [width(0), width(1)];
    return lines
      .map(([name, value, why]) => `${name.padEnd(names)}  ${value.padEnd(values)}  ${why}`)
      .join('\n');
  }
}

/**
 * What tensors compute on now and why: the backend, and what it chose (instructions, threads, memory limit). Under `auto`
 * also what each kind of run computes on, with what was measured.
 *
 * @example
 * console.log(`${explainDevice()}`); // backend  wasm  the fastest that this engine can run …
 */
export function explainDevice(): DeviceReport {
  const backend = currentBackend();
  return new DeviceReport({
    backend: { value: backend.name, why: reasonForBackend() },
    ...backend.describe?.(),
    ...absences(backend),
    ...factsOf(currentAuto()),
    float64: {
      value: 'reference',
      why: 'it is for checks, so the definition of each kernel computes it',
    },
  });
}

/** The kernels that the backend does not have. */
function absences({ absent = {} }: Backend): Record<string, Fact> {
  const facts = Object.entries(absent).map(([name, why]) => [name, { value: 'no kernel', why }]);
  return Object.fromEntries(facts);
}

/** The last choice for each kind of run. */
function factsOf(auto: Auto | undefined): Record<string, Fact> {
  if (!auto) return {};
  const facts = auto.choices.map((choice) => [
    `auto ${choice.run}`,
    { value: choice.backend, why: reasonFor(choice) },
  ]);
  if (facts.length > 0) return Object.fromEntries(facts);
  return { auto: { value: 'open', why: 'no fit, evaluate or generate has run yet' } };
}
