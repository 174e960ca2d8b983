import type { Computation, Program, Ref } from '@unroll/backend';
import type { RowCall, Rows } from '../job/job.ts';

/** Where things lie while a program runs. */
export interface Places {
  readonly program: Program;
  /** A value, a vector weight, or a memory. */
  rows(ref: Ref): Rows;
  /** How much of a value's rows exists, a whole number for each row. */
  lengths(ref: Ref): Rows;
}

type Kind = Exclude<Computation['kind'], 'affine' | 'pointwise'>;
type Make<K extends Kind> = (
  node: Extract<Computation, { kind: K }>,
  out: Ref,
  places: Places,
) => RowCall[];

/** The calls that compute each kind of value that is neither a product nor pointwise. */
const makers: { readonly [K in Kind]: Make<K> } = {
  rowNorm: ({ x, eps }, out, places) => [
    { name: 'rowNorm', ports: ports(places, x, out), constants: [sizeAt(places, x), bits(eps)] },
  ],
  rowNormGradient: ({ x, normed, gradient, eps }, out, places) => [
    {
      name: 'rowNormGradient',
      ports: ports(places, x, normed, gradient, out),
      constants: [sizeAt(places, x), bits(eps)],
    },
  ],
  rowSoftmax: ({ x }, out, places) => [
    {
      name: 'rowSoftmax',
      ports: [places.rows(x), places.lengths(x), places.rows(out)],
      constants: [sizeAt(places, x)],
    },
  ],
  rowSoftmaxGradient: ({ y, gradient }, out, places) => [
    {
      name: 'rowSoftmaxGradient',
      ports: [...ports(places, y, gradient), places.lengths(y), places.rows(out)],
      constants: [sizeAt(places, y)],
    },
  ],
  rowSum: ({ x }, out, places) => [
    {
      name: 'rowSum',
      ports: [places.rows(x), places.lengths(x), places.rows(out)],
      constants: [],
    },
  ],
  columns: ({ x, window: [from, to] }, out, places) => [
    copy(fromColumn(places.rows(x), from), places.rows(out), to - from),
  ],
  columnsGradient: ({ gradient, window: [from, to] }, out, places) => {
    const target = places.rows(out);
    const zeros = (start: number, end: number) =>
      end > start ? [clear(fromColumn(target, start), end - start)] : [];
    return [
      ...zeros(0, from),
      copy(places.rows(gradient), fromColumn(target, from), to - from),
      ...zeros(to, sizeAt(places, out)),
    ];
  },
  concat({ parts }, out, places) {
    let column = 0;
    return parts.map((part) => {
      const size = sizeAt(places, part);
      column += size;
      return copy(places.rows(part), fromColumn(places.rows(out), column - size), size);
    });
  },
  score(node, out, places) {
    const { query, memory } = node;
    const additive = node.form === 'additive';
    const read = additive ? [query, memory, node.vector] : [query, memory];
    const [size, entries] = [sizeAt(places, memory), sizeAt(places, out)];
    return [
      {
        name: additive ? 'additiveScore' : 'dotScore',
        ports: [...ports(places, ...read), places.lengths(out), places.rows(out)],
        constants: [size, 4 * size, entries],
      },
    ];
  },
  scoreGradient({ query, memory, vector, gradient }, out, places) {
    const size = sizeAt(places, memory);
    return [
      {
        name: 'additiveScoreGradient',
        ports: [
          ...ports(places, query, memory, vector, gradient),
          ...[places.lengths(gradient), places.rows(out)],
        ],
        constants: [size, 4 * size],
      },
    ];
  },
  memorySum({ weights, memory }, out, places) {
    const size = sizeAt(places, memory);
    return [
      {
        name: 'memorySum',
        ports: [...ports(places, weights, memory), places.lengths(weights), places.rows(out)],
        constants: [size, 4 * size],
      },
    ];
  },
};

/** The calls that compute a value, in order. */
export function rowCallsOf(ref: Ref, places: Places): RowCall[] {
  const node = places.program.values[ref];
  const make = (makers as Partial<Record<string, Make<Kind>>>)[node.kind];
  if (make === undefined) throw new TypeError(`${node.kind} is no computation over rows`);
  return make(node as Extract<Computation, { kind: Kind }>, ref, places);
}

function ports(places: Places, ...refs: readonly Ref[]): Rows[] {
  return refs.map((ref) => places.rows(ref));
}

function sizeAt({ program }: Places, ref: Ref): number {
  return program.values[ref].size as number;
}

function copy(from: Rows, to: Rows, columns: number): RowCall {
  return { name: 'copyColumns', ports: [from, to], constants: [columns] };
}

function clear(target: Rows, columns: number): RowCall {
  return { name: 'clearColumns', ports: [target], constants: [columns] };
}

function fromColumn(rows: Rows, column: number): Rows {
  return { ...rows, address: rows.address + 4 * column };
}

/** A float as the whole number that a function's parameter takes. */
function bits(value: number): number {
  return new Int32Array(new Float32Array([value]).buffer)[0];
}
