import type { Answer, Facts, Request } from '../../protocol.ts';
import type { Prepare } from '../../specs.ts';
import { obeying } from '../obey.ts';

/** Loads a peer. */
export type Start = (words: readonly string[]) => Promise<{ prepare: Prepare; facts: Facts }>;

/** Answers requests in a page, as a process does on its input: the relay that opened the page has them for it. */
export async function servePage(start: Start): Promise<void> {
  const query = new URLSearchParams(location.search);
  const relay = `http://127.0.0.1:${query.get('port')}`;
  const answer = (value: Answer) =>
    fetch(`${relay}/answer`, { method: 'POST', body: JSON.stringify(value) });
  const unknown = { residentBytes: null, peakBytes: null };
  try {
    const { prepare, facts } = await start(query.getAll('word'));
    const obey = obeying(prepare, () => unknown);
    await answer({ ok: { facts, warnings: [], residentBytes: null } });
    for (;;) {
      const next = await fetch(`${relay}/next`);
      if (next.status === 204) break;
      await answer(await obey((await next.json()) as Request));
    }
  } catch (error) {
    await answer({ error: error instanceof Error ? error.message : String(error) });
  }
  await fetch('/report', { method: 'POST', body: 'null' });
}
