/** What a language model is as unsure as: how many equally likely tokens. exp of the loss in nats per token. */
export function perplexity(natsPerToken: number): number {
  return Math.exp(natsPerToken);
}

/** A loss in bits instead of nats; of a character model, its bits per character. */
export function bitsPerToken(natsPerToken: number): number {
  return natsPerToken / Math.LN2;
}
