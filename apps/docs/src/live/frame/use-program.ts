import { onBeforeUnmount, type Ref, ref, shallowRef } from 'vue';
import type { Programs } from '../programs/index.ts';
import type { Program } from '../programs/program.ts';
import type { Order, Reply } from './messages.ts';

type InputOf<P> = P extends Program<infer Input, infer _O, infer _N> ? Input : never;
type OutputOf<P> = P extends Program<infer _I, infer Output, infer _N> ? Output : never;
type NewsOf<P> = P extends Program<infer _I, infer _O, infer News> ? News : never;

/** A program of the worker, as a component sees it. */
export interface UsedProgram<P> {
  readonly busy: Ref<boolean>;
  readonly news: Ref<NewsOf<P> | undefined>;
  readonly output: Ref<OutputOf<P> | undefined>;
  readonly error: Ref<string | undefined>;
  /** Runs it; what it still computes for an earlier input is forgotten. */
  run(input: InputOf<P>): void;
  stop(): void;
}

type Listener = (reply: Reply) => void;

/** One worker for all programs of a live part, made when it is first asked for something. */
export function useWorker() {
  const listeners = new Map<number, Listener>();
  let worker: Worker | undefined;
  let last = 0;
  const wake = () => {
    if (worker) return worker;
    worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }: MessageEvent<Reply>) => listeners.get(data.id)?.(data);
    worker.onerror = ({ message }) => {
      for (const [id, listen] of listeners)
        listen({ id, error: message || 'The worker could not be loaded.' });
    };
    return worker;
  };
  onBeforeUnmount(() => worker?.terminate());

  function useProgram<Name extends keyof Programs>(name: Name): UsedProgram<Programs[Name]> {
    const busy = ref(false);
    const error = ref<string>();
    const news = shallowRef<NewsOf<Programs[Name]>>();
    const output = shallowRef<OutputOf<Programs[Name]>>();
    let current = 0;
    const send = (order: Order) => wake().postMessage(order);
    return {
      ...{ busy, news, output, error },
      run(input) {
        listeners.delete(current);
        current = ++last;
        [busy.value, error.value] = [true, undefined];
        listeners.set(current, (reply) => {
          if ('news' in reply) news.value = reply.news as NewsOf<Programs[Name]>;
          else {
            busy.value = false;
            listeners.delete(reply.id);
            if ('error' in reply) error.value = reply.error;
            else output.value = reply.output as OutputOf<Programs[Name]>;
          }
        });
        send({ id: current, program: name, input });
      },
      stop: () => send({ id: current, stop: true }),
    };
  }
  return { useProgram };
}
