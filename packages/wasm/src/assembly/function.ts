import { type Code, unsigned } from './bytes.ts';
import { block, branchIf, type Expression, i32, loop, type Statement } from './instructions.ts';

export type ValueType = 'i32' | 'f32' | 'v128';

const types = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;

/** A local variable. */
export interface Local {
  readonly get: Expression;
  set(value: Expression): Statement;
  /** Sets it and leaves the value. */
  tee(value: Expression): Expression;
}

/** A function in the making: parameters are i32, it returns nothing. */
export class FunctionBuilder {
  readonly name: string;
  readonly parameters: readonly Local[];
  readonly #locals: ValueType[] = [];
  readonly #body: number[] = [];

  constructor(name: string, parameters: number) {
    this.name = name;
    this.parameters = Array.from({ length: parameters }, (_, i) => local(i));
  }

  get arity(): number {
    return this.parameters.length;
  }

  local(type: ValueType): Local {
    return local(this.arity + this.#locals.push(type) - 1);
  }

  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  emit(...statements: readonly Statement[]): void {
    for (const statement of statements) for (const byte of statement) this.#body.push(byte);
  }

  /** The body as the code section wants it. */
  encode(): Code {
    const locals = this.#locals.flatMap((type) => [1, types[type]]);
    const content = [...unsigned(this.#locals.length), ...locals, ...this.#body, 0x0b];
    return [...unsigned(content.length), ...content];
  }
}

function local(index: number): Local {
  const at = unsigned(index);
  return {
    get: [0x20, ...at],
    set: (value) => [...value, 0x21, ...at],
    tee: (value) => [...value, 0x22, ...at],
  };
}

/** `while (counter < end) { body; counter += step }`. */
export function countUp(
  counter: Local,
  end: Expression,
  step: number,
  ...body: readonly Statement[]
): Statement {
  return block(
    branchIf(0, i32.geS(counter.get, end)),
    loop(
      ...body,
      counter.set(i32.add(counter.get, i32.const(step))),
      branchIf(0, i32.ltS(counter.get, end)),
    ),
  );
}
