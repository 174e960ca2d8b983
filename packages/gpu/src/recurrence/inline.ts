import type { Ref, Value } from '@unroll/backend';
import { formulaSource } from '../source/formula.ts';
import type { KernelText } from '../source/kernel-text.ts';

/** What a pointwise kernel is written from. */
export interface Site {
  readonly text: KernelText;
  readonly values: readonly Value[];
  /** Columns of a value. */
  size(ref: Ref): number;
  /** The element of a value that lies somewhere; undefined where it has to be computed here. */
  read(ref: Ref, index: string): string | undefined;
}

/** Lines that compute an element of a value from those that lie somewhere. */
export class Inline {
  readonly lines: string[] = [];
  readonly #site: Site;
  readonly #names: Map<string, string>;
  readonly #count: { n: number };

  constructor(site: Site, outer?: Inline) {
    this.#site = site;
    this.#names = new Map(outer ? outer.#names : []);
    this.#count = outer ? outer.#count : { n: 0 };
  }

  /** The name of a variable that holds an element. */
  element(ref: Ref, index: string): string {
    const key = `${ref} ${index}`;
    const name = this.#names.get(key) ?? this.#compute(ref, index);
    this.#names.set(key, name);
    return name;
  }

  /** The element without looking whether it lies somewhere. */
  compute(ref: Ref, index: string): string {
    const value = this.#site.values[ref];
    switch (value.kind) {
      case 'pointwise':
        return this.#formula(value, ref, index);
      case 'columns':
        return this.element(value.x, plus(index, value.window[0]));
      case 'columnsGradient': {
        const [from, to] = value.window;
        return this.#branches([
          [`${index} >= ${from} && ${index} < ${to}`, value.gradient, plus(index, -from)],
        ]);
      }
      case 'concat':
        return this.#concat(value.parts, index);
      default:
        throw new TypeError(`${value.kind} is not computed element by element`);
    }
  }

  /** Values side by side, each computed here: those before `starts[k + 1]` are the k-th's. */
  sideBySide(refs: readonly Ref[], starts: readonly number[]): string {
    const last = refs.length - 1;
    return this.#branches(
      refs.map((ref, k) => {
        const condition = k === last ? 'j >= 0' : `j < ${starts[k + 1]}`;
        return [condition, ref, plus('j', -starts[k])] as const;
      }),
      'compute',
    );
  }

  #compute(ref: Ref, index: string): string {
    const read = this.#site.read(ref, index);
    return read === undefined ? this.compute(ref, index) : this.#variable(read);
  }

  #variable(expression: string, keyword = 'const'): string {
    const name = `v${this.#count.n++}`;
    this.lines.push(`${keyword} ${name} = ${expression};`);
    return name;
  }

  #formula(node: Extract<Value, { kind: 'pointwise' }>, ref: Ref, index: string): string {
    const size = this.#site.size(ref);
    const args = node.args.map((arg) =>
      this.element(arg, this.#site.size(arg) === 1 && size !== 1 ? '0' : index),
    );
    const prefix = `f${this.#count.n++}_`;
    const { lines, result, constants } = formulaSource(node.formula, args, prefix);
    for (const [name, value] of constants) {
      this.lines.push(`const ${name} = ${this.#site.text.number(value)};`);
    }
    this.lines.push(...lines);
    return result;
  }

  #concat(parts: readonly Ref[], index: string): string {
    let start = 0;
    return this.#branches(
      parts.map((part) => {
        const from = start;
        start += this.#site.size(part);
        return [`${index} < ${start}`, part, plus(index, -from)] as const;
      }),
    );
  }

  /** The first branch whose condition holds; 0 where none does. */
  #branches(
    branches: readonly (readonly [string, Ref, string])[],
    how: 'element' | 'compute' = 'element',
  ): string {
    const name = this.#variable('0', 'let');
    branches.forEach(([condition, ref, index], k) => {
      const inner = new Inline(this.#site, this);
      const result = inner[how](ref, index);
      const keyword = k === 0 ? 'if' : 'else if';
      const body = [...inner.lines, `${name} = ${result};`].join(' ');
      this.lines.push(`${keyword} (${condition}) { ${body} }`);
    });
    return name;
  }
}

function plus(index: string, shift: number): string {
  if (shift === 0) return index;
  return shift < 0 ? `(${index} - ${-shift})` : `(${index} + ${shift})`;
}
