import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileError, OptionError } from '@unroll/backend';
import { decode, encode } from '@unroll/safetensors';
import type { Checkpoint, CheckpointStore } from './checkpoint.ts';
import { type Disk, disk } from './disk.ts';

export interface CheckpointFolderOptions {
  /** How many of the latest checkpoints stay; default 1. */
  keep?: number;
}

const finished = /^(\d+)-step-(\d+)$/;
const broken = /^\.\d+-step-\d+\.tmp$/;

/**
 * Keeps checkpoints in a folder, each as a folder `000003-step-1200` with `checkpoint.json` and `tensors.safetensors`.
 *
 * A checkpoint is written under another name, onto the disk, and then renamed; only then older ones go. A process that is
 * killed at any moment leaves a folder that loads; what it left unfinished is cleaned up by the next one. One run at a
 * time may write to a folder.
 *
 * @throws OptionError for `keep` below 1; when saving or loading, FileError naming the path: the disk is full, a file is
 * broken
 * @example
 * const checkpoint = { to: checkpointFolder('runs/poems/checkpoints', { keep: 2 }), every: 500 };
 */
export function checkpointFolder(
  folder: string | URL,
  options: CheckpointFolderOptions = {},
): CheckpointStore {
  return openFolder(folder, options, disk);
}

/** {@link checkpointFolder} with the disk handed in, for tests of failing ones. */
export function openFolder(
  folder: string | URL,
  { keep = 1 }: CheckpointFolderOptions,
  files: Disk,
): CheckpointStore {
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new OptionError(
      'checkpointFolder',
      `keep must be a whole number of at least 1; got ${keep}`,
    );
  }
  return new CheckpointFolder(
    typeof folder === 'string' ? folder : fileURLToPath(folder),
    keep,
    files,
  );
}

class CheckpointFolder implements CheckpointStore {
  readonly place: string;
  readonly #keep: number;
  readonly #disk: Disk;

  constructor(place: string, keep: number, files: Disk) {
    this.place = place;
    this.#keep = keep;
    this.#disk = files;
  }

  async save({ step, json, tensors }: Checkpoint): Promise<void> {
    const before = await this.#tidy();
    const number = 1 + Math.max(0, ...before.map(numberOf));
    const name = `${String(number).padStart(6, '0')}-step-${step}`;
    const temporary = join(this.place, `.${name}.tmp`);
    try {
      await this.#disk.makeFolder(temporary);
      await this.#disk.writeFile(join(temporary, 'tensors.safetensors'), await encode(tensors));
      await this.#disk.writeFile(join(temporary, 'checkpoint.json'), json);
      await this.#disk.rename(temporary, join(this.place, name));
    } catch (error) {
      await this.#disk.remove(temporary).catch(() => undefined);
      throw inWords(error, 'save', step);
    }
    await this.#prune([...before, name]);
  }

  async load(): Promise<Checkpoint | undefined> {
    const name = (await this.#tidy()).at(-1);
    if (name === undefined) return undefined;
    const path = join(this.place, name);
    const weights = join(path, 'tensors.safetensors');
    const json = new TextDecoder().decode(await this.#disk.readFile(join(path, 'checkpoint.json')));
    const { tensors } = decode(await this.#disk.readFile(weights), { file: weights });
    return { step: Number(finished.exec(name)?.[2]), json, tensors };
  }

  /** The finished checkpoints, oldest first; what a killed process left unfinished is removed. */
  async #tidy(): Promise<string[]> {
    const names = await this.#disk.list(this.place);
    for (const name of names.filter((each) => broken.test(each))) {
      await this.#disk.remove(join(this.place, name));
    }
    return names.filter((name) => finished.test(name)).sort((a, b) => numberOf(a) - numberOf(b));
  }

  /** Removes all but the latest. Each is renamed first, so that a half-removed one is not taken for a checkpoint. */
  async #prune(names: readonly string[]): Promise<void> {
    for (const name of names.slice(0, -this.#keep)) {
      const doomed = join(this.place, `.${name}.tmp`);
      await this.#disk.rename(join(this.place, name), doomed);
      await this.#disk.remove(doomed);
    }
  }
}

function numberOf(name: string): number {
  return Number(finished.exec(name)?.[1]);
}

function inWords(error: unknown, what: string, step: number): unknown {
  if (!(error instanceof FileError)) return error;
  const words = error.message.slice(error.operation.length + 2);
  return new FileError(
    'checkpointFolder',
    `cannot ${what} step ${step}: ${words}. The checkpoint before is still there.`,
    { ...error.details, step },
    error,
  );
}
