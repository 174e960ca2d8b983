import { DataError, OptionError } from '@unroll/backend';
import {
  type GenerateOptions,
  generate,
  type SamplingOptions,
  type SequenceModel,
  sampler,
} from '@unroll/decoding';
import { noGrad, reshape, type Tensor, tensor } from '@unroll/tensor';
import type { Tokenizer } from '@unroll/tokenizers';
import type { SaveableModel } from './registry.ts';
import { type Prediction, type PredictOptions, predictIds, predictionOf } from './text/predict.ts';
import { textIds } from './text/text-ids.ts';

/** What a saved model consists of. */
export interface ModelParts<M extends SaveableModel = SaveableModel> {
  readonly model: M;
  readonly tokenizer?: Tokenizer | undefined;
  /** Names of the classes, in the order of their ids. */
  readonly labels?: readonly string[] | undefined;
  /** Whatever else should be kept, as plain data: where it came from, how well it does. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

export interface GenerateTextOptions
  extends SamplingOptions,
    Pick<GenerateOptions, 'length' | 'stream' | 'signal'> {}

/**
 * A model that was loaded, ready to use, with the tokenizer and labels it was saved with.
 */
export class SavedModel<M extends SaveableModel = SaveableModel> {
  readonly model: M;
  readonly tokenizer: Tokenizer | undefined;
  readonly labels: readonly string[] | undefined;
  readonly extra: Readonly<Record<string, unknown>> | undefined;

  constructor({ model, tokenizer, labels, extra }: ModelParts<M>) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.labels = labels;
    this.extra = extra;
  }

  /**
   * How a text goes on, token by token; the text itself is not repeated. The token for what is unknown never comes.
   *
   * @param options.length tokens; default: no end
   * @throws OptionError without a tokenizer or for sampling options out of range; DataError for an empty text
   * @example
   * for await (const piece of saved.generate('Once upon', { length: 100, temperature: 0.8 })) {
   *   process.stdout.write(piece);
   * }
   */
  generate(
    text: string,
    options: GenerateTextOptions = {},
  ): AsyncGenerator<string, void, undefined> {
    const { length, stream, signal, ...sampling } = options;
    const tokenizer = this.#tokenizer('generate');
    const exclude = [tokenizer.unkId, ...(sampling.exclude ?? [])];
    const prompt = encode('generate', tokenizer, text);
    const ids = generate(this.#sequenceModel(), {
      prompt,
      sampler: sampler({ ...sampling, exclude }),
      ...(length === undefined ? {} : { length }),
      ...(stream ? { stream } : {}),
      ...(signal ? { signal } : {}),
    });
    return decoded(ids, tokenizer, prompt[prompt.length - 1]);
  }

  /**
   * {@link generate} as one string.
   *
   * @example
   * const text = await saved.complete('Once upon', { length: 100 });
   */
  async complete(text: string, options: GenerateTextOptions & { length: number }): Promise<string> {
    let out = '';
    for await (const piece of this.generate(text, options)) out += piece;
    return out;
  }

  /**
   * The scores of what follows each token of a text, `[tokens, vocabSize]`.
   *
   * @throws OptionError without a tokenizer; DataError for an empty text
   */
  logits(text: string): Tensor {
    const ids = encode('logits', this.#tokenizer('logits'), text);
    const input = tensor(ids, { shape: [1, ids.length] });
    const { training } = this.model;
    if (training) this.model.eval();
    try {
      const { output } = noGrad(() => this.#sequenceModel().forward(input));
      return reshape(output, [ids.length, -1]);
    } finally {
      if (training) this.model.train();
    }
  }

  /**
   * Which class each text is of, in the order of the texts: they may be of any lengths and number, are read in batches of
   * like length and never padded. Calls may run side by side, and the event loop gets its turn.
   *
   * @param texts one that is empty is read as one unknown word
   * @throws OptionError without a tokenizer; DataError for what is no text, with its place; the signal's reason
   * @example
   * const [{ label, probability }] = await saved.predict(['Not as bad as they say.']);
   */
  async predict(texts: readonly string[], options: PredictOptions = {}): Promise<Prediction[]> {
    const tokenizer = this.#tokenizer('predict');
    const wrong = Array.isArray(texts) ? texts.findIndex((each) => typeof each !== 'string') : 0;
    if (wrong >= 0) {
      const got = Array.isArray(texts) ? `${typeof texts[wrong]} at ${wrong}` : typeof texts;
      throw new DataError('predict', `needs an array of texts; got ${got}`);
    }
    const { maxLength } = this.model.config as { maxLength?: number };
    const ids = texts.map((text) => textIds(tokenizer, text, maxLength));
    const scores = await predictIds(this.model, ids, options);
    return scores.map((each) => predictionOf(each, this.labels));
  }

  #tokenizer(operation: string): Tokenizer {
    if (this.tokenizer) return this.tokenizer;
    throw new OptionError(
      operation,
      'the model was saved without a tokenizer; use generate() of @unroll/decoding with ids',
    );
  }

  #sequenceModel(): SequenceModel {
    return this.model as unknown as SequenceModel;
  }
}

function encode(operation: string, tokenizer: Tokenizer, text: string): Int32Array {
  const ids = tokenizer.encode(text);
  if (ids.length > 0) return ids;
  throw new DataError(operation, 'the text is empty; give at least one token to begin with');
}

/** What each id adds to the text: words come with the space that parts them from those before. */
async function* decoded(ids: AsyncIterable<number>, tokenizer: Tokenizer, last: number) {
  let before = last;
  for await (const id of ids) {
    yield tokenizer.decode([before, id]).slice(tokenizer.decode([before]).length);
    before = id;
  }
}
