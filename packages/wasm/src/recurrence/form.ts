import { type Job, type JobSum, phasesOfJob } from '../job/job.ts';
import { scratchFor } from '../job/scratch.ts';
import { Share } from '../job/share.ts';
import type { Lease } from '../memory/leases.ts';
import type { SharedWork } from '../threads/shared-work.ts';
import { Needs, type Surroundings } from './needs.ts';
import { jobOf, type Run, workOf } from './run.ts';
import { Tracing } from './tracing.ts';

/** What follows from where everything lies. */
export interface Located<X> {
  readonly sums: readonly JobSum[];
  /** What the caller wants to know. */
  readonly found: X;
}

/** A job at certain addresses. */
interface Bound<X> {
  readonly addresses: readonly number[];
  readonly work: SharedWork<Job>;
  /** The calling thread's. */
  readonly share: Share;
  readonly found: X;
}

type Products = Parameters<typeof scratchFor>[1];

/** Jobs that a form keeps: a lease does not always lie where the last one lay. */
const KEPT = 4;

/**
 * How a compiled program runs over sequences of certain lengths, made once: what a call has to bring. All else follows
 * from the addresses; like calls, one after the other, find the same ones, and so the same job.
 *
 * `C` is a call, `X` what its caller wants to know about a run.
 */
export abstract class Form<C, X> {
  protected readonly around: Surroundings<C>;
  protected readonly needs: Needs<C>;
  readonly #operations: number;
  readonly #addresses: number[] = [];
  readonly #recent: Bound<X>[] = [];
  #products: Products | undefined;

  constructor(around: Surroundings<C>) {
    this.around = around;
    this.needs = new Needs(around);
    this.#operations = workOf(around.compiled.plan, this.needs.total);
  }

  /** What follows from a run, and from the addresses of what was added to the needs. */
  protected abstract locate(run: Run, addresses: readonly number[]): Located<X>;

  /** Brings what a call needs and runs it, on as many threads as are worth it. */
  protected run(call: C, lease: Lease): X {
    const { machine, schedule } = this.around;
    const count = machine.team.sizeFor(this.#operations, schedule.batchSizes[0]);
    const addresses = this.#addresses;
    this.needs.bring(call, lease, addresses);
    this.#products ??= this.#productsAt(addresses);
    this.#borrowScratch(count, addresses);
    let bound = this.#recent.find((one) => areSame(one.addresses, addresses));
    if (bound === undefined) {
      bound = this.#bind([...addresses], count);
      this.#recent.unshift(bound);
      this.#recent.length = Math.min(this.#recent.length, KEPT);
    }
    this.#compute(bound);
    return bound.found;
  }

  #compute({ work, share }: Bound<X>): void {
    const { machine, compiled } = this.around;
    const { team, trace } = machine;
    if (trace.sink === undefined) {
      team.share(work, (phase) => share.run(phase));
      return;
    }
    const tracing = new Tracing(trace, compiled.plan, work.job);
    const traced = new Share(work.job, 0, { ...this.#hands(), watch: tracing });
    team.share(work, (phase) => tracing.phase(() => traced.run(phase)));
    tracing.finish();
  }

  #hands() {
    const { machine, compiled } = this.around;
    const { functions, tile, blas } = machine;
    const stages = compiled.functions;
    return { functions, stages, tile, blas, check: () => {} };
  }

  #bind(addresses: readonly number[], count: number): Bound<X> {
    const run = this.needs.locate(addresses);
    const { sums, found } = this.locate(run, addresses);
    const scratch = Array.from({ length: count }, (_, i) => {
      let at = this.needs.count + 3 * i;
      return scratchFor(run.machine.tile, [], () => addresses[at++]);
    });
    const job = jobOf(run, sums, scratch);
    const { code } = this.around.compiled;
    const work = { job, phases: phasesOfJob(job), count, code, again: true };
    return { addresses, work, share: new Share(job, 0, this.#hands()), found };
  }

  /** What each thread computes with comes last, so that the addresses tell how many threads there are. */
  #borrowScratch(count: number, addresses: number[]): void {
    const { workspace, tile } = this.around.machine;
    addresses.length = this.needs.count;
    const borrow = (bytes: number) => {
      const address = workspace.borrow(bytes);
      addresses.push(address);
      return address;
    };
    for (let i = 0; i < count; i++) scratchFor(tile, this.#products ?? [], borrow);
  }

  /** The sums of products that no library computes, which are the same at any addresses. */
  #productsAt(addresses: readonly number[]): Products {
    const { sums } = this.locate(this.needs.locate(addresses), addresses);
    return sums.flatMap((sum) => (sum.kind === 'product' && !sum.native ? [sum] : []));
  }
}

function areSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
