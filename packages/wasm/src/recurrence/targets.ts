import { type Memory, type ScanBackward, type Size, sizeOf } from '@unroll/backend';
import { bringZeros } from '../machine/bring.ts';
import type { Machine } from '../machine/machine.ts';
import { hostMemory } from '../memory/host-memory.ts';
import type { Slot } from './needs.ts';
import { columnsFor, type SourceEntries } from './prepare.ts';

/** What sums over all steps go into. */
export type Summed = 'weight' | 'sequence' | 'memory';

interface Target {
  /** Of the sums. */
  readonly slot: Slot;
  readonly length: number;
}

/** The gradients of parameters, memories and per-sequence values: zeros to which the sums are added. */
export class Targets {
  readonly #machine: Machine;
  readonly #targets = new Map<string, Target>();
  /** Parameters whose gradients in the present call go out as they are. */
  readonly #lent = new Map<string, number>();

  constructor(
    machine: Machine,
    entries: SourceEntries,
    add: (bring: (given: { readonly call: ScanBackward }) => number) => Slot,
    { forward: { program, schedule }, wanted }: ScanBackward,
  ) {
    this.#machine = machine;
    const [batch] = schedule.batchSizes;
    const columns = (size: Size) => columnsFor(size, entries);
    const make = (kind: Summed, name: string, length: number) => {
      const slot = add(({ call: { lend } }) => {
        this.#giveUp(name, length);
        const lent = kind === 'weight' && lend?.includes(name) && machine.residents.lend(length);
        if (!lent) return bringZeros(machine, length);
        this.#lent.set(name, lent);
        machine.heap.floats.fill(0, lent / 4, lent / 4 + length);
        return lent;
      });
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
    const { heap, residents } = this.#machine;
    const address = addresses[slot];
    if (kind === 'weight' && this.#lent.delete(name)) return residents.lent(address, length);
    const start = address / 4;
    const { floats } = heap;
    return hostMemory('float32', floats.slice(start, start + length));
  }

  /** Gives up what a call has left behind that did not come to its end. */
  #giveUp(name: string, length: number): void {
    const left = this.#lent.get(name);
    if (left === undefined) return;
    this.#machine.residents.giveUp(left, length);
    this.#lent.delete(name);
  }

  #get(kind: Summed, name: string): Target {
    return this.#targets.get(`${kind} ${name}`) as Target;
  }
}
