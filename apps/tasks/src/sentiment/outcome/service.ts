import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SavedModel, TextClassifier } from '@unroll/models';
import { load } from '@unroll/models/node';

/** What it takes to use a saved model. */
export interface Service {
  readonly bytes: number;
  readonly loadSeconds: number;
  /** Texts a second, one after another and 32 at a time. */
  readonly perSecond: { readonly 1: number; readonly 32: number };
}

/** Loads the model anew and asks it about texts, for about as long as `seconds` says. */
export async function measureService(
  folder: string,
  texts: readonly string[],
  seconds = 1,
): Promise<Service> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  const started = performance.now();
  const saved = await load<TextClassifier>(folder);
  const loadSeconds = (performance.now() - started) / 1000;
  return {
    bytes,
    loadSeconds,
    perSecond: {
      1: await rate(saved, texts, 1, seconds),
      32: await rate(saved, texts, 32, seconds),
    },
  };
}

async function rate(
  saved: SavedModel<TextClassifier>,
  texts: readonly string[],
  batchSize: number,
  seconds: number,
): Promise<number> {
  const ask = async (from: number) => {
    const some = Array.from({ length: batchSize }, (_, i) => texts[(from + i) % texts.length]);
    await saved.predict(some, { batchSize });
    return from + batchSize;
  };
  let asked = await ask(0); // the first call compiles
  const first = asked;
  const started = performance.now();
  while (performance.now() - started < 1000 * seconds) asked = await ask(asked);
  return (asked - first) / ((performance.now() - started) / 1000);
}
