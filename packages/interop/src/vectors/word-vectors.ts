import { FileError, OptionError, refuseUnknownOptions } from '@unroll/backend';
import { type Tensor, tensor } from '@unroll/tensor';
import { linesOf, type TextSource } from './lines.ts';

export interface WordVectorOptions {
  /** The words to keep, for instance a vocabulary; default: all. Reading stops when each of them has been found. */
  words?: Iterable<string>;
  /** How many vectors to keep at most; files have the frequent words first. Default: all. */
  limit?: number;
  /**
   * `'glove'`: a word and its numbers on each line. `'word2vec'`: before them a line with the number of words and of features.
   * Default: what the first line looks like.
   */
  format?: 'glove' | 'word2vec';
  /** What to do with a word that comes again: refuse the file (the default), or keep the first vector. */
  duplicates?: 'refuse' | 'first';
  /** How the file is called in error messages; default `'file'`. */
  file?: string;
}

/** Words and their vectors. */
export interface WordVectors {
  /** In the order of the file. */
  readonly words: readonly string[];
  /** float32 `[words, features]`, a row for each word. */
  readonly vectors: Tensor;
}

const known: Record<keyof WordVectorOptions, true> = {
  words: true,
  limit: true,
  format: true,
  duplicates: true,
  file: true,
};

/**
 * Pretrained vectors from the text format of GloVe (https://nlp.stanford.edu/projects/glove/) or word2vec
 * (https://code.google.com/archive/p/word2vec/), line by line: only what is kept stays in memory. A word may hold spaces, as
 * some of GloVe's do.
 *
 * @param source a text, its bytes, or a stream: `createReadStream(path)`, `(await fetch(url)).body`
 * @throws FileError naming file and line: another number of features than on the first line, what is no finite number, a
 *   word that comes twice, fewer words than the first line says, no UTF-8; OptionError for an option that cannot be
 * @example
 * const { words, vectors } = await readWordVectors('the 0.1 0.2\ncat 0.3 0.4\n', { words: ['cat'] });
 * console.log(words, vectors.shape); // ['cat'] [1, 2]
 */
export async function readWordVectors(
  source: TextSource,
  options: WordVectorOptions = {},
): Promise<WordVectors> {
  refuseUnknownOptions('readWordVectors', options, known);
  const { limit = Number.POSITIVE_INFINITY, format } = options;
  if (!(limit > 0)) {
    throw new OptionError('readWordVectors', `limit must be above 0; got ${limit}`, { limit });
  }
  const reader = new Reader(options);
  for await (const line of linesOf(source, reader.file)) {
    reader.line += 1;
    if (reader.line === 1 && reader.isHeader(line, format)) continue;
    if (reader.read(line) && reader.kept.size >= limit) return reader.result();
    if (reader.isComplete()) return reader.result();
  }
  reader.checkEnd();
  return reader.result();
}

/** What is known between two lines. */
class Reader {
  readonly file: string;
  readonly kept = new Map<string, Float32Array>();
  line = 0;
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #keepFirst: boolean;
  #features: number | undefined;
  #promised: number | undefined;
  #count = 0;

  constructor({ words, duplicates, file = 'file' }: WordVectorOptions) {
    this.file = file;
    this.#wanted = words === undefined ? undefined : new Set(words);
    this.#keepFirst = duplicates === 'first';
  }

  /** Takes the first line of word2vec's format: two whole numbers. */
  isHeader(line: string, format: WordVectorOptions['format']): boolean {
    if (format === 'glove') return false;
    const sizes = /^(\d{1,15}) (\d{1,9}) *$/.exec(line);
    if (!sizes) {
      if (format === 'word2vec') this.#fail('must be the number of words and of features');
      return false;
    }
    [this.#promised, this.#features] = [Number(sizes[1]), Number(sizes[2])];
    if (this.#features === 0) this.#fail('says that vectors have 0 features');
    return true;
  }

  /** Whether the line's vector was kept. */
  read(line: string): boolean {
    if (line.trim() === '') return false;
    const fields = line.trimEnd().split(' ');
    this.#features ??= fields.length - 1;
    const split = this.#split(fields, this.#features);
    this.#count += 1;
    const word = fields.slice(0, split).join(' ');
    if (this.#wanted && !this.#wanted.has(word)) return false;
    if (this.kept.has(word)) {
      if (this.#keepFirst) return false;
      this.#fail(
        `the word ${show(word)} comes a second time; { duplicates: 'first' } keeps the first`,
      );
    }
    this.kept.set(word, this.#numbers(fields, split, word));
    return true;
  }

  isComplete(): boolean {
    return this.#wanted !== undefined && this.kept.size === this.#wanted.size;
  }

  checkEnd(): void {
    if (this.#features === undefined) this.#fail('the file has no vectors');
    if (this.#promised === undefined || this.#promised === this.#count) return;
    this.#fail(
      `the file ends after ${this.#count} words; its first line says ${this.#promised}. Is it cut off?`,
    );
  }

  result(): WordVectors {
    const words = [...this.kept.keys()];
    const features = this.#features ?? 0;
    const values = new Float32Array(words.length * features);
    [...this.kept.values()].forEach((vector, i) => {
      values.set(vector, i * features);
    });
    return { words, vectors: tensor(values, { shape: [words.length, features] }) };
  }

  /** Where the numbers begin. Fields too many belong to the word, unless they are numbers themselves. */
  #split(fields: readonly string[], features: number): number {
    const split = fields.length - features;
    const extra = fields.slice(1, Math.max(split, 1));
    if (features > 0 && split >= 1 && !(extra.length > 0 && extra.every(isNumber))) return split;
    this.#fail(
      `${show(fields[0])} has ${fields.length - 1} numbers; the vectors before have ${features}`,
    );
  }

  #numbers(fields: readonly string[], split: number, word: string): Float32Array {
    const vector = new Float32Array(fields.length - split);
    for (let i = 0; i < vector.length; i++) {
      const field = fields[split + i];
      vector[i] = field === '' ? Number.NaN : Number(field);
      if (Number.isFinite(vector[i])) continue;
      this.#fail(`number ${i + 1} of ${show(word)} is ${show(field)}, which is no finite float32`);
    }
    return vector;
  }

  #fail(words: string): never {
    throw new FileError('readWordVectors', `${this.file}, line ${this.line}: ${words}`, {
      file: this.file,
      line: this.line,
    });
  }
}

function isNumber(field: string): boolean {
  return field !== '' && Number.isFinite(Number(field));
}

/** A piece of the file in a message, however long it is. */
function show(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
