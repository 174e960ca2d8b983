import { createInterface } from 'node:readline';
import type { Answer, Facts, Ready, Request } from '../protocol.ts';
import type { Prepare } from '../specs.ts';
import { forgetPeak, memoryNow } from './memory.ts';
import { obeying } from './obey.ts';

/** Answers requests, one line each, until its input ends. In between the process is blocked on its input. */
export async function serve(prepare: Prepare, facts: Facts): Promise<void> {
  forgetPeak();
  const obey = obeying(prepare, memoryNow);
  const ready: Ready = { facts, warnings: [], residentBytes: memoryNow().residentBytes };
  answer({ ok: ready });
  for await (const line of createInterface({ input: process.stdin })) {
    answer(await obey(JSON.parse(line) as Request));
  }
}

/** Says why the peer cannot run, in place of being ready, and ends the process. */
export function refuse(error: unknown): void {
  answer({ error: error instanceof Error ? error.message : String(error) }, () => process.exit(1));
}

function answer(value: Answer, written?: () => void): void {
  process.stdout.write(`${JSON.stringify(value)}\n`, written);
}
