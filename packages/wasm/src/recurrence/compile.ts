import type { Program, Ref } from '@unroll/backend';
import type { Machine, WasmFunctions } from '../machine/machine.ts';
import { type Instruction, type Plan, planOf } from './plan.ts';
import { capacityOf, type Prepared, prepare, type SourceEntries } from './prepare.ts';
import { type Stage, stageOf } from './stage.ts';

/** A plan with its stages as functions. */
export interface Compiled extends Omit<Prepared, 'program'> {
  readonly plan: Plan;
  readonly stages: ReadonlyMap<Instruction, Stage>;
  readonly functions: WasmFunctions;
  /** The binary of these functions. */
  readonly code: Uint8Array<ArrayBuffer>;
}

/** The programs that one machine has compiled. */
export class Compilations {
  readonly #machine: Machine;
  readonly #made = new WeakMap<Program, Map<string, Compiled>>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * The compiled program; compiled at the first call.
   *
   * @param kept values that are wanted for every row
   * @param entries how many entries each source has
   * @param flush whether pointwise results below 1e-30 become 0
   */
  get(program: Program, kept: ReadonlySet<Ref>, entries: SourceEntries, flush: boolean): Compiled {
    const made = this.#made.get(program) ?? new Map<string, Compiled>();
    this.#made.set(program, made);
    const sizes = [...entries.keys()].map((source) => capacityOf({ source }, entries));
    const key = `${flush} ${[...kept].sort((a, b) => a - b)} ${sizes}`;
    const compiled = made.get(key) ?? this.#compile(prepare(program, entries), kept, flush);
    made.set(key, compiled);
    return compiled;
  }

  #compile(prepared: Prepared, kept: ReadonlySet<Ref>, flush: boolean): Compiled {
    const { madd } = this.#machine;
    const { program, sources } = prepared;
    const plan = planOf(program, kept);
    const stages = new Map<Instruction, Stage>();
    for (const instruction of [...plan.before, ...plan.loop, ...plan.after]) {
      if (instruction.kind !== 'stage') continue;
      const { values } = instruction;
      const name = `stage${stages.size}`;
      const { layout } = plan;
      stages.set(instruction, stageOf({ name, program, layout, values, flush, madd }));
    }
    const compiled = [...stages.values()].map((stage) => stage.fn);
    const instantiated = this.#machine.instantiate(compiled);
    this.#machine.trace.mark('compilation');
    return { plan, sources, stages, ...instantiated };
  }
}
