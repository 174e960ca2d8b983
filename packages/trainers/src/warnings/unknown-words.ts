import { Sequence } from '@unroll/tensor';
import type { Batch } from '../data.ts';
import type { TrainingWarning } from './warning.ts';

/** So many ids tell the share to within a hundredth. */
const enough = 10_000;

/** Counts how often a net reads the id that stands for all words that are not in its dictionary. */
export class UnknownWords {
  readonly #id: number | undefined;
  #read = 0;
  #unknown = 0;

  /** @param id undefined: nothing is counted */
  constructor(id: number | undefined) {
    this.#id = id;
  }

  /** Counts those of a batch; a warning once enough were read. */
  async see({ input }: Batch): Promise<TrainingWarning | undefined> {
    if (this.#id === undefined || this.#read >= enough) return undefined;
    const ids = await (input instanceof Sequence ? input.rows : input).data();
    this.#read += ids.length;
    for (const id of ids) if (id === this.#id) this.#unknown++;
    return this.#read >= enough ? this.judge() : undefined;
  }

  /** What there is to say about what was read so far. */
  judge(): TrainingWarning | undefined {
    const share = this.#unknown / (this.#read || 1);
    if (share <= 0.1) return undefined;
    const percent = (100 * share).toFixed(1);
    return {
      kind: 'unknown',
      message: `${percent} % of the ids it reads are that of unknown words (${this.#id}): what they say is lost. Train the tokenizer on this text, with a larger maxVocab, a smaller minCount, or by characters.`,
    };
  }
}
