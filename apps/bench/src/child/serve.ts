import { createInterface } from 'node:readline';
import type { Answer, Facts, Ran, Ready, Request } from '../protocol.ts';
import type { Prepare, Workload } from '../specs.ts';
import { forgetPeak, memoryNow } from './memory.ts';

/** Answers requests, one line each, until its input ends. In between the process is blocked on its input. */
export async function serve(prepare: Prepare, facts: Facts): Promise<void> {
  const workloads = new Map<string, Workload>();
  forgetPeak();
  const ready: Ready = { facts, warnings: [], residentBytes: memoryNow().residentBytes };
  answer({ ok: ready });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      answer({ ok: await obey(JSON.parse(line) as Request, workloads, prepare) });
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : String(error) });
    }
  }
}

async function obey(request: Request, workloads: Map<string, Workload>, prepare: Prepare) {
  const { id } = request;
  if (request.do === 'drop') return workloads.delete(id);
  if (request.do === 'run') return run(workloads.get(id) as Workload, request.calls);
  const workload = await prepare(request.spec);
  workloads.set(id, workload);
  const { parameters, note } = workload;
  return { parameters, note };
}

async function run(workload: Workload, calls: number): Promise<Ran> {
  const seconds: number[] = [];
  let loss: number | undefined;
  for (let i = 0; i < calls; i++) {
    const start = performance.now();
    const result = workload.call();
    // Awaiting what is no promise would add a turn of the loop to calls of microseconds.
    loss = result instanceof Promise ? await result : result;
    seconds.push((performance.now() - start) / 1000);
  }
  return { seconds, loss, ...memoryNow() };
}

function answer(value: Answer): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
