import { type Memory, type ScanBackward, type Size, sizeOf } from '@unroll/backend';
import type { Machine } from '../machine/machine.ts';
import { hostMemory } from '../memory/host-memory.ts';
import { bringZeros } from './bind.ts';
import type { Slot } from './needs.ts';
import { columnsFor, type SourceEntries } from './prepare.ts';

/** What sums over all steps go into. */
export type Summed = 'weight' | 'sequence' | 'memory';

interface Target {
  readonly slot: Slot;
  readonly length: number;
}

/** The gradients of parameters, memories and per-sequence values: zeros to which the sums are added. */
export class Targets {
  readonly #machine: Machine;
  readonly #targets = new Map<string, Target>();

  constructor(
    machine: Machine,
    entries: SourceEntries,
    add: (bring: () => number) => Slot,
    { forward: { program, schedule }, wanted }: ScanBackward,
  ) {
    this.#machine = machine;
    const [batch] = schedule.batchSizes;
    const columns = (size: Size) => columnsFor(size, entries);
    const make = (kind: Summed, name: string, length: number) => {
      const slot = add(() => bringZeros(machine, length));
      this.#targets.set(`${kind} ${name}`, { slot, length });
    };
    for (const { name, shape } of program.parameters) {
      if (wanted.parameters.includes(name)) make('weight', name, sizeOf(shape));
    }
    for (const value of program.values) {
      const { name, size } = value;
      if (value.kind === 'sequence' && wanted.sequences.includes(name)) {
        make('sequence', name, batch * columns(size));
      }
      if (value.kind === 'memory' && wanted.memories.includes(name)) {
        const { source } = value;
        make('memory', name, batch * columns({ source }) * columns(size));
      }
    }
  }

  address(addresses: readonly number[], kind: Summed, name: string): number {
    return addresses[this.#get(kind, name).slot];
  }

  read(addresses: readonly number[], kind: Summed, name: string): Memory {
    const { slot, length } = this.#get(kind, name);
    const start = addresses[slot] / 4;
    const { floats } = this.#machine.heap;
    return hostMemory('float32', floats.slice(start, start + length));
  }

  #get(kind: Summed, name: string): Target {
    return this.#targets.get(`${kind} ${name}`) as Target;
  }
}
