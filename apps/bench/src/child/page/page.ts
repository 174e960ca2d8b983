import type { Answer, Request } from '../../protocol.ts';
import { obeying } from '../obey.ts';

// A peer in a page, named by its module in the page's address. It answers requests there as a process does on its input:
// the relay that opened the page has them for it.
const peers = {
  unroll: () => import('../gpu/unroll.ts'),
  tfjs: () => import('../gpu/tfjs.ts'),
  'jax-js': () => import('../gpu/jax-js.ts'),
};
const query = new URLSearchParams(location.search);
const relay = `http://127.0.0.1:${query.get('port')}`;
const unknown = { residentBytes: null, peakBytes: null };

const answer = (value: Answer) =>
  fetch(`${relay}/answer`, { method: 'POST', body: JSON.stringify(value) });

try {
  const { start } = await peers[query.get('peer') as keyof typeof peers]();
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
