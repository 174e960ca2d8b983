import { join } from 'node:path';
import { cacheFolder } from '../runner/download/cache-folder.ts';
import { download } from '../runner/download/download.ts';
import { progressOf } from '../runner/download/progress.ts';

/** Where a file is, and what it is. */
export interface Source {
  readonly url: string;
  readonly sha256: string;
}

/**
 * Jules Verne, The Mysterious Island (Project Gutenberg 1268), as it lies beside chapter 15 of Raschka, Liu and Mirjalili 2022:
 * of one commit, so that it is the same file for ever, where Project Gutenberg corrects its own.
 */
const island: Source = {
  url: 'https://raw.githubusercontent.com/rasbt/machine-learning-book/35ab3774e8e249c43a98209d8efd94c060102003/ch15/1268-0.txt',
  sha256: '355bfdc3f9b5e384b1918e817dd086ce0df97f4d294c69f032fb70b95c1e737c',
};

/**
 * The file of the book, fetched when it is not there.
 *
 * @throws FileError when the download fails (see {@link download})
 */
export async function fetchIsland(
  {
    terminal,
    say,
    signal,
  }: { readonly terminal: boolean; say(line: string): void; readonly signal: AbortSignal },
  source: Source = island,
): Promise<string> {
  const to = join(cacheFolder(), 'the-mysterious-island.txt');
  const progress = await progressOf(terminal, say);
  try {
    await download({ ...source, to, signal, progress: progress.tell });
  } finally {
    progress.stop();
  }
  say(`the book is ${to}`);
  return to;
}
