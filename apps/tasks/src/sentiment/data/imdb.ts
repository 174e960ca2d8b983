import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { FileError } from '@unroll/backend';
import { writeFileAtomic } from '@unroll/safetensors/node';
import { cacheFolder } from '../../runner/download/cache-folder.ts';
import { download } from '../../runner/download/download.ts';
import { progressOf } from '../../runner/download/progress.ts';
import { filesOfTar } from '../../runner/download/tar.ts';
import type { Review } from './reviews.ts';

/** Where the Large Movie Review Dataset (Maas et al. 2011) is, and what it is. */
export interface Source {
  readonly url: string;
  readonly sha256: string;
  /** Reviews of each class in each part. */
  readonly count: number;
}

/** The SHA-256 is the one that TensorFlow Datasets and others publish for this file of 84,125,825 bytes. */
const imdb: Source = {
  url: 'https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz',
  sha256: 'c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe',
  count: 12_500,
};

const parts = ['train', 'test'] as const;
const wanted = /^(?:\.\/)?aclImdb\/(train|test)\/(neg|pos)\/[0-9_]+\.txt$/;

/**
 * The folder of the reviews, two tables; fetched and unpacked when they are not there.
 *
 * @throws FileError when the download fails (see {@link download}) or the archive is not what it should be
 */
export async function fetchImdb(
  {
    terminal,
    say,
    signal,
  }: { readonly terminal: boolean; say(line: string): void; readonly signal: AbortSignal },
  source: Source = imdb,
): Promise<string> {
  const folder = join(cacheFolder(), 'imdb');
  if (await isComplete(folder)) {
    say(`the reviews are in ${folder}`);
    return folder;
  }
  const archive = join(folder, 'aclImdb_v1.tar.gz');
  say(`fetching ${source.url}`);
  const progress = await progressOf(terminal, say);
  try {
    await download({ ...source, to: archive, signal, progress: progress.tell });
  } finally {
    progress.stop();
  }
  await unpack(archive, folder, source.count);
  await rm(archive);
  say(`the reviews are in ${folder}`);
  return folder;
}

async function isComplete(folder: string): Promise<boolean> {
  const found = parts.map((part) => stat(join(folder, `${part}.jsonl.gz`)).catch(() => undefined));
  return (await Promise.all(found)).every((stats) => stats !== undefined);
}

async function unpack(archive: string, folder: string, count: number): Promise<void> {
  const found = { train: [] as Review[], test: [] as Review[] };
  for await (const file of filesOfTar(archive, (name) => wanted.test(name))) {
    const [, part, label] = wanted.exec(file.name) as unknown as [string, 'train' | 'test', string];
    found[part].push({ label: label === 'pos' ? 'positive' : 'negative', text: await file.text() });
  }
  for (const part of parts) {
    for (const kind of ['negative', 'positive']) {
      const there = found[part].filter(({ label }) => label === kind).length;
      if (there === count) continue;
      throw new FileError(
        'download',
        `${archive}: holds ${there} ${kind} reviews for ${part}; there should be ${count}`,
        { archive, part, kind, there },
      );
    }
  }
  for (const part of parts) {
    const lines = found[part].map((review) => `${JSON.stringify(review)}\n`);
    await writeFileAtomic(join(folder, `${part}.jsonl.gz`), gzipSync(lines.join('')));
  }
}
