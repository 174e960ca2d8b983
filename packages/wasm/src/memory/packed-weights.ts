import type { Memory } from '@unroll/backend';
import type { Heap } from './heap.ts';
import type { Workspace } from './workspace.ts';

interface Entry {
  readonly address: number;
  readonly bytes: number;
  readonly drop: () => void;
  version: number;
  lastUse: number;
}

/** A copy of a weight in a form that a kernel likes, and how it is made. */
export interface PackedForm {
  /** Names the form, with the window of the memory that it shows. */
  readonly form: string;
  readonly bytes: number;
  /** Writes it. */
  readonly pack: (address: number) => void;
}

/**
 * Copies of weights, each valid while the version of its memory stays: bounded, the one unused for longest goes first,
 * those of memories that are gone go by themselves. A copy used inside an operation stays until its end.
 */
export class PackedWeights {
  readonly #heap: Heap;
  readonly #limit: number;
  readonly #forms = new WeakMap<Memory, Map<string, Entry>>();
  readonly #entries = new Set<Entry>();
  readonly #net = new FinalizationRegistry<Map<string, Entry>>((forms) => {
    for (const entry of [...forms.values()]) entry.drop();
  });
  /** Packed by name and version before they are worth a copy. */
  readonly #met = new WeakMap<Memory, Map<string, number>>();
  readonly #workspace: Workspace;
  #bytes = 0;

  /**
   * @param workspace - Says which operation runs.
   * @param limit - Most bytes of copies.
   */
  constructor(heap: Heap, workspace: Workspace, limit: number) {
    this.#heap = heap;
    this.#workspace = workspace;
    this.#limit = limit;
    heap.onPressure(() => this.#dropOldest());
  }

  /** Bytes of all copies. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The address of a copy, made where there is none; undefined where the bound leaves no room, so that the caller packs
   * into workspace.
   */
  get(memory: Memory, version: number, form: PackedForm): number | undefined {
    const entry = this.#forms.get(memory)?.get(form.form);
    if (entry === undefined) return this.#make(memory, version, form);
    if (entry.version !== version) this.#renew(entry, version, form);
    entry.lastUse = this.#workspace.operation;
    return entry.address;
  }

  /** Writes over an outdated copy. In training that is every copy at every step, so it makes nothing new. */
  #renew(entry: Entry, version: number, { pack }: PackedForm): void {
    try {
      pack(entry.address);
    } catch (error) {
      entry.drop();
      throw error;
    }
    entry.version = version;
  }

  #make(memory: Memory, version: number, form: PackedForm): number | undefined {
    while (this.#bytes + form.bytes > this.#limit) if (!this.#dropOldest()) return undefined;
    const address = this.#heap.take(form.bytes);
    try {
      form.pack(address);
    } catch (error) {
      this.#heap.give(address, form.bytes);
      throw error;
    }
    this.#keep(memory, version, form, address);
    return address;
  }

  /** The same from the second time on that this version of this form is wanted: what is used once needs no copy. */
  getRepeated(memory: Memory, version: number, form: PackedForm): number | undefined {
    const met = this.#met.get(memory);
    if (met?.get(form.form) === version) return this.get(memory, version, form);
    if (met === undefined) this.#met.set(memory, new Map([[form.form, version]]));
    else met.set(form.form, version);
    return undefined;
  }

  #keep(memory: Memory, version: number, { form, bytes }: PackedForm, address: number): void {
    const forms = this.#formsOf(memory);
    const entry: Entry = {
      address,
      bytes,
      version,
      lastUse: this.#workspace.operation,
      drop: () => {
        if (!this.#entries.delete(entry)) return;
        forms.delete(form);
        this.#bytes -= bytes;
        this.#heap.give(address, bytes);
      },
    };
    forms.set(form, entry);
    this.#entries.add(entry);
    this.#bytes += bytes;
  }

  #formsOf(memory: Memory): Map<string, Entry> {
    let forms = this.#forms.get(memory);
    if (forms === undefined) {
      forms = new Map();
      this.#forms.set(memory, forms);
      this.#net.register(memory, forms);
    }
    return forms;
  }

  #dropOldest(): boolean {
    let oldest: Entry | undefined;
    for (const entry of this.#entries) {
      if (oldest === undefined || entry.lastUse < oldest.lastUse) oldest = entry;
    }
    if (oldest === undefined || oldest.lastUse === this.#workspace.operation) return false;
    oldest.drop();
    return true;
  }
}
