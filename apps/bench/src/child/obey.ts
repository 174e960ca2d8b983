import type { Answer, Ran, Request } from '../protocol.ts';
import type { Prepare, Workload } from '../specs.ts';

/** What a place can tell of its memory. */
export type Memory = Pick<Ran, 'residentBytes' | 'peakBytes'>;

/** Answers requests, in whatever place they come. */
export function obeying(
  prepare: Prepare,
  memory: () => Memory,
): (request: Request) => Promise<Answer> {
  const workloads = new Map<string, Workload>();
  return async (request) => {
    try {
      return { ok: await obey(request, workloads, prepare, memory) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  };
}

async function obey(
  request: Request,
  workloads: Map<string, Workload>,
  prepare: Prepare,
  memory: () => Memory,
) {
  const { id } = request;
  if (request.do === 'drop') return workloads.delete(id);
  if (request.do === 'run') return run(workloads.get(id) as Workload, request.calls, memory);
  const workload = await prepare(request.spec);
  workloads.set(id, workload);
  const { parameters, note } = workload;
  return { parameters, note };
}

async function run(workload: Workload, calls: number, memory: () => Memory): Promise<Ran> {
  const seconds: number[] = [];
  let loss: number | undefined;
  for (let i = 0; i < calls; i++) {
    const start = performance.now();
    const result = workload.call();
    // Awaiting what is no promise would add a turn of the loop to calls of microseconds.
    loss = result instanceof Promise ? await result : result;
    seconds.push((performance.now() - start) / 1000);
  }
  return { seconds, loss, ...memory() };
}
