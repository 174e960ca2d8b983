import type { Sight } from '@unroll/backend';

/** Rows of floats in the machine's memory, so many bytes apart. */
export interface Matrix {
  readonly address: number;
  readonly stride: number;
}

/** Where one sequence lies in the tables. */
export interface AttentionSequence {
  readonly queries: number;
  readonly keys: number;
  /** Its first query and its first key. */
  readonly query: number;
  readonly key: number;
  /** Where its keys lie evenly: the row of the first, and how many rows further the next is; 0 where they do not. */
  readonly firstRow: number;
  readonly rowStep: number;
}

/** What the derivative reads and writes beside the rest. */
export interface AttentionSlopes {
  readonly dy: Matrix;
  readonly dq: Matrix;
  readonly dk: Matrix;
  readonly dv: Matrix;
}

/** What one thread computes in: room for a block of queries of one head, and for that head's keys. */
export interface AttentionScratch {
  /** Queries times `scale`, and as panels. */
  readonly q: number;
  readonly qPanels: number;
  readonly k: number;
  readonly v: number;
  /** As the right side of k- and v-products, either way round. */
  readonly kPanels: number;
  readonly vPanels: number;
  /** Scores of a block and their slopes, as strips too. */
  readonly scores: number;
  readonly slopes: number;
  readonly strips: number;
  readonly y: number;
  readonly dy: number;
  readonly dyPanels: number;
  /** log Σ eˢ of a block, and dy·y. */
  readonly masses: number;
  readonly levels: number;
  readonly dq: number;
  readonly dk: number;
  readonly dv: number;
  readonly tile: number;
}

/** Attention over a batch as plain data: what is computed, and where everything lies. Backward where there are slopes. */
export interface AttentionJob extends Sight {
  readonly kind: 'attention';
  readonly heads: number;
  readonly kvHeads: number;
  readonly size: number;
  readonly valueSize: number;
  readonly scale: number;
  /** Rows of `size` by place; 0 where nothing is turned. */
  readonly turns: number;
  readonly q: Matrix;
  readonly k: Matrix;
  readonly v: Matrix;
  readonly y: Matrix;
  readonly logMass: Matrix;
  readonly slopes?: AttentionSlopes | undefined;
  readonly sequences: readonly AttentionSequence[];
  /** Tables of whole numbers: the row of each query and key, and the keys that each query sees. */
  readonly queryRows: number;
  readonly keyRows: number;
  readonly firsts: number;
  readonly ends: number;
  readonly counts: number;
  /** Items, the groups of heads of sequence after sequence, at which the threads' parts begin, and their end. */
  readonly borders: readonly number[];
  /** One for each thread. */
  readonly scratch: readonly AttentionScratch[];
}

/** Queries that are taken together, whole tiles. */
export const BLOCK = 64;

/** Fewer queries than this read the keys where they lie; more of them are worth packing these. */
export const FEW = 4;
