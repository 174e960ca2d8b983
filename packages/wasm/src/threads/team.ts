import type { Phase } from '../job/job.ts';
import type { TileShape } from '../kernels/tile.ts';
import type { Heap } from '../memory/heap.ts';
import { Crew } from './crew.ts';
import type { SharedWork } from './shared-work.ts';
import { workerUrl } from './worker-url.ts';

export interface TeamOptions {
  /** How many threads compute, the calling one included; 1 starts no other. */
  readonly threads: number;
  readonly kernels: WebAssembly.Module;
  readonly tile: TileShape;
  /** The path of a BLAS that each worker loads. */
  readonly library?: string;
  readonly workerUrl?: string | URL;
  /** Multiplications and additions from which on work is shared. */
  readonly shareFrom?: number;
  /** Milliseconds to wait for a worker, beside twenty times what the own share took. */
  readonly patience?: number;
}

/** How far the other threads are: not started yet, being started, ready, or not to be had. */
export type TeamState = 'idle' | 'starting' | 'ready' | 'unavailable';

/** A share is then a fifth of a millisecond; to wake and to wait takes a twentieth. */
const SHARE_FROM = 2e7;
const PATIENCE = 10_000;

/** A thread and its workers. They are started at the first work that is large enough, and used when they are ready. */
export class Team {
  readonly threads: number;
  readonly #heap: Heap;
  readonly #options: TeamOptions;
  /** Ends workers whose team nobody has any more. */
  readonly #net = new FinalizationRegistry<Crew>((crew) => crew.dismiss());
  #crew: Crew | undefined;
  #unavailable = false;

  constructor(heap: Heap, options: TeamOptions) {
    this.#heap = heap;
    this.#options = options;
    this.threads = options.threads;
  }

  get state(): TeamState {
    if (this.#unavailable) return 'unavailable';
    if (this.#crew === undefined) return 'idle';
    return this.#crew.ready ? 'ready' : 'starting';
  }

  /** How many threads are worth it for so many operations, of which so many can go on side by side. */
  sizeFor(operations: number, most: number): number {
    const { shareFrom = SHARE_FROM } = this.#options;
    if (this.threads === 1 || most < 2 || operations < shareFrom) return 1;
    const worth = shareFrom > 0 ? Math.floor((2 * operations) / shareFrom) : most;
    return this.#started()?.ready ? Math.min(this.threads, most, worth) : 1;
  }

  /** Starts the workers now; true when they are ready, false when there can be none. */
  async ready(): Promise<boolean> {
    for (;;) {
      if (this.threads === 1) return false;
      const crew = this.#started();
      if (crew === undefined) return false;
      if (crew.ready) return true;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /**
   * Does all phases of some work. `own` is the first share of one phase.
   *
   * @throws ThreadError where a worker threw or did not answer; what `own` throws, when the others have stopped
   */
  share(work: SharedWork, own: (phase: Phase) => void): void {
    const { phases, count } = work;
    if (count === 1) {
      for (const phase of phases) own(phase);
      return;
    }
    const crew = this.#crew as Crew;
    const { patience = PATIENCE } = this.#options;
    crew.send(work);
    try {
      for (const [i, phase] of phases.entries()) {
        crew.phase(i, count - 1, patience, () => own(phase));
      }
    } finally {
      if (crew.ended) this.#dismiss();
    }
  }

  /** The workers; new ones where one has died. */
  #started(): Crew | undefined {
    const ended = this.#crew?.ended;
    if (ended) {
      if (!this.#crew?.ready) this.#giveUp(ended.reason);
      this.#dismiss();
    }
    if (this.#unavailable) return undefined;
    if (this.#crew === undefined) {
      const { kernels, tile, library, threads, workerUrl: url = workerUrl() } = this.#options;
      this.#crew = new Crew(this.#heap, { kernels, tile, library, workers: threads - 1, url });
      this.#net.register(this, this.#crew, this.#crew);
    }
    return this.#crew;
  }

  #dismiss(): void {
    if (this.#crew === undefined) return;
    this.#net.unregister(this.#crew);
    this.#crew.dismiss();
    this.#crew = undefined;
  }

  /** Workers that never began will not begin the next time either. */
  #giveUp(reason: unknown): void {
    this.#unavailable = true;
    const { workerUrl: url = workerUrl() } = this.#options;
    console.warn(
      `wasm: one thread computes, because no worker could be started from ${url} (${reason}). ` +
        'Give the address of the worker of @unroll/wasm as wasm({ workerUrl }), or ask for no other thread: ' +
        'wasm({ threads: 1 }).',
    );
  }
}
