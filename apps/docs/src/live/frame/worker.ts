import { type Programs, programs } from '../programs/index.ts';
import type { Program } from '../programs/program.ts';
import type { Order, Reply } from './messages.ts';

const running = new Map<number, AbortController>();
const reply = (message: Reply) => postMessage(message);

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  if ('stop' in data) running.get(data.id)?.abort(new Error('stopped'));
  else void run(data);
});

async function run({ id, program, input }: Exclude<Order, { stop: true }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const chosen = programs[program as keyof Programs] as Program<unknown, unknown, unknown>;
    const tell = (news: unknown) => reply({ id, news });
    reply({ id, output: await chosen(input, { tell, signal: controller.signal }) });
  } catch (error) {
    reply({ id, error: error instanceof Error ? error.message : String(error) });
  } finally {
    running.delete(id);
  }
}
