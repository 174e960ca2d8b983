import type { Program, Ref } from '@unroll/backend';
import { countUp, FunctionBuilder, type Local } from '../assembly/function.ts';
import { type Expression, f32x4, i32, type Statement, v128 } from '../assembly/instructions.ts';
import type { MultiplyAdd } from '../kernels/tile.ts';
import { emitFormula } from '../vector/formula.ts';
import { VectorCode } from '../vector/vector-code.ts';

import type { Layout } from './layout.ts';

/** Where a stage reads or writes: a buffer of the layout, or a value that is given. */
type Port =
  | { readonly kind: 'buffer'; readonly buffer: number }
  | { readonly kind: 'given'; readonly ref: Ref };

/** A compiled loop over rows and columns. Its function takes the number of rows, then a pointer for each port. */
export interface Stage {
  readonly fn: FunctionBuilder;
  readonly ports: readonly Port[];
}

/** Below this a cotangent is 0: gradients that vanish would else run at the speed of denormal numbers. */
const VANISHED = 1e-30;

export interface StageOptions {
  readonly name: string;
  readonly program: Program;
  readonly layout: Layout;
  readonly values: readonly Ref[];
  /** Whether results below 1e-30 become 0. */
  readonly flush: boolean;
  readonly madd: MultiplyAdd;
}

/** Compiles pointwise values of one size into one loop: each operand is read once, each stored value written once. */
export function stageOf(options: StageOptions): Stage {
  return new StageCompiler(options).compile();
}

class StageCompiler {
  readonly #options: StageOptions;
  readonly #ports: Port[] = [];
  readonly #fn: FunctionBuilder;
  readonly #pointers: Local[];
  readonly #column: Local;
  /** Operands of one column, read once for each row. */
  readonly #splats = new Map<Ref, Expression>();
  readonly #code: VectorCode;

  constructor(options: StageOptions) {
    this.#options = options;
    for (const ref of this.#touched()) this.#portOf(ref);
    this.#fn = new FunctionBuilder(options.name, 1 + this.#ports.length);
    this.#pointers = this.#fn.parameters.slice(1);
    this.#column = this.#fn.local('i32');
    this.#code = new VectorCode(this.#fn, options.madd);
  }

  compile(): Stage {
    const { program, values } = this.#options;
    const [rows] = this.#fn.parameters;
    const row = this.#fn.local('i32');
    const size = program.values[values[0]].size as number;
    const whole = 4 * (size & ~3);
    const splats = this.#loadSplats();
    const wide =
      whole > 0 ? [countUp(this.#column, i32.const(whole), 16, ...this.#columns(4))] : [];
    const rest =
      whole < 4 * size ? [countUp(this.#column, i32.const(4 * size), 4, ...this.#columns(1))] : [];
    const start = this.#column.set(i32.const(0));
    this.#fn.emit(
      ...this.#code.prologue(),
      row.set(i32.const(0)),
      countUp(row, rows.get, 1, ...splats, start, ...wide, ...rest, ...this.#advance()),
    );
    return { fn: this.#fn, ports: this.#ports };
  }

  /** The values of four columns, or of the last ones one by one. */
  #columns(lanes: 4 | 1): Statement[] {
    const { program, values, layout, flush } = this.#options;
    const code = this.#code;
    const known = new Map<Ref, Expression>(this.#splats);
    const body: Statement[] = [];
    for (const ref of values) {
      const value = program.values[ref];
      if (value.kind !== 'pointwise') continue;
      for (const arg of value.args) if (!known.has(arg)) known.set(arg, this.#load(arg, lanes));
      const inputs = value.args.map((arg) => known.get(arg) as Expression);
      const [result] = emitFormula(code, value.formula, inputs);
      const stored = layout.places.has(ref);
      const kept = stored && flush ? this.#flushed(result) : result;
      known.set(ref, kept);
      body.push(...code.take());
      if (stored) body.push(this.#store(ref, kept, lanes));
    }
    return body;
  }

  #load(ref: Ref, lanes: 4 | 1): Expression {
    const load = lanes === 4 ? v128.load : v128.loadZero;
    return this.#code.let(load(this.#address(ref), this.#offset(ref)));
  }

  #store(ref: Ref, value: Expression, lanes: 4 | 1): Statement {
    const [address, offset] = [this.#address(ref), this.#offset(ref)];
    return lanes === 4
      ? v128.store(address, value, offset)
      : v128.storeLane(address, value, 0, offset);
  }

  /** 0 where |x| < 1e-30; a NaN, which is not below anything, stays. */
  #flushed(x: Expression): Expression {
    const small = f32x4.lt(f32x4.abs(x), this.#code.float(VANISHED));
    return this.#code.let(v128.andNot(x, small));
  }

  #loadSplats(): Statement[] {
    const { program, values } = this.#options;
    const size = program.values[values[0]].size;
    for (const ref of this.#touched()) {
      if (program.values[ref].size !== 1 || size === 1 || values.includes(ref)) continue;
      const address = this.#pointer(ref).get;
      this.#splats.set(ref, this.#code.let(v128.loadSplat(address, this.#offset(ref))));
    }
    return this.#code.take();
  }

  /** Pointers go to the next row; weights are the same for all. */
  #advance(): Statement[] {
    const { program, layout } = this.#options;
    return this.#ports.flatMap((port, i) => {
      if (port.kind === 'given' && program.values[port.ref].kind === 'weight') return [];
      const columns =
        port.kind === 'buffer'
          ? layout.buffers[port.buffer].columns
          : (program.values[port.ref].size as number);
      const pointer = this.#pointers[i];
      return [pointer.set(i32.add(pointer.get, i32.const(4 * columns)))];
    });
  }

  /** Everything that lies in memory and is read or written here. */
  #touched(): Ref[] {
    const { program, layout, values } = this.#options;
    const found = new Set<Ref>();
    for (const ref of values) {
      const value = program.values[ref];
      if (value.kind !== 'pointwise') continue;
      for (const arg of value.args) if (!values.includes(arg)) found.add(arg);
      if (layout.places.has(ref)) found.add(ref);
    }
    return [...found];
  }

  #portOf(ref: Ref): number {
    const place = this.#options.layout.places.get(ref);
    const port: Port = place ? { kind: 'buffer', buffer: place.buffer } : { kind: 'given', ref };
    const same = (other: Port) => JSON.stringify(other) === JSON.stringify(port);
    const at = this.#ports.findIndex(same);
    return at >= 0 ? at : this.#ports.push(port) - 1;
  }

  #pointer(ref: Ref): Local {
    return this.#pointers[this.#portOf(ref)];
  }

  #address(ref: Ref) {
    return i32.add(this.#pointer(ref).get, this.#column.get);
  }

  #offset(ref: Ref): number {
    return 4 * (this.#options.layout.places.get(ref)?.column ?? 0);
  }
}
