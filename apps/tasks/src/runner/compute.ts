import { type Backend, OptionError } from '@unroll/backend';
import { type Auto, auto, describeChoice, useBackend } from '@unroll/tensor';
import { wasm } from '@unroll/wasm';
import type { everyTask } from './common.ts';
import type { Values } from './option.ts';

type Where = Pick<Values<typeof everyTask>, 'device' | 'threads' | 'blas'>;

/** What it needs of the world outside. */
interface Outside {
  say(line: string): void;
  /** Default: that of `@unroll/gpu`. */
  gpu?(): Promise<Backend>;
}

/** Has `run` computed as the options say, on the default backend where they say nothing. */
export async function computing<T>(
  where: Where,
  outside: Outside,
  run: () => Promise<T>,
): Promise<T> {
  const choice = await choiceOf(where, outside);
  if (!choice) return run();
  const before = useBackend(choice);
  try {
    const result = await run();
    if ('choices' in choice && choice.choices.length === 0) {
      outside.say(
        'the CPU has computed: auto measures a Trainer and a saved model, and there was none',
      );
    }
    return result;
  } finally {
    useBackend(before);
  }
}

async function choiceOf(
  { device, threads, blas }: Where,
  { say, gpu = onGpu }: Outside,
): Promise<Backend | Auto | undefined> {
  const onCpu = threads !== undefined || blas;
  if (device === 'gpu') {
    if (!onCpu) return gpu();
    const words = 'computes neither with threads nor with a BLAS; leave --threads and --blas out';
    throw new OptionError('--device gpu', words);
  }
  const cpu = onCpu ? wasm({ threads, blas }) : undefined;
  if (device === 'cpu') return cpu;
  return auto(gpu(), {
    ...(cpu && { cpu }),
    tell: (each) => {
      if (!each.cached) say(describeChoice(each));
    },
  });
}

/** Loaded only where it is asked for. */
async function onGpu(): Promise<Backend> {
  const { gpu } = await import('@unroll/gpu');
  return gpu();
}
