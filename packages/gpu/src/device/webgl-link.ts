import { type GpuJs, type Handle, makeGpuJs } from './gpu-js.ts';
import { type Link, mostOf, Refusal } from './link.ts';

const OUT_OF_MEMORY = 0x0505;
const NO_ERROR = 0;

/** The parts of WebGL2 that tell what it can do and how it fares. */
export interface WebGl {
  readonly MAX_TEXTURE_SIZE: number;
  /** Its constants. */
  getExtension(name: string): Readonly<Record<string, number>> | null;
  getParameter(name: number): unknown;
  getError(): number;
  isContextLost(): boolean;
}
interface Canvas {
  getContext(kind: 'webgl2', settings: object): WebGl | null;
  addEventListener(type: 'webglcontextlost', listen: (event: Lost) => void): void;
}
interface Lost {
  readonly statusMessage?: string;
}

/** A canvas that nobody sees; there are some in workers too. */
export function hiddenCanvas(): Canvas {
  const { OffscreenCanvas } = globalThis as unknown as {
    OffscreenCanvas: new (width: number, height: number) => Canvas;
  };
  return new OffscreenCanvas(1, 1);
}

/**
 * The way to WebGL2, on a context of its own.
 *
 * @throws Error when the browser gives none that could compute
 */
export function webGlLink(): Link {
  const canvas = hiddenCanvas();
  const context = canvas.getContext('webgl2', { alpha: false, depth: false, antialias: false });
  if (context === null) throw new Error('the browser gives no context for WebGL2');
  if (context.getExtension('EXT_color_buffer_float') === null) {
    throw new Error(
      'WebGL2 is there, but this adapter cannot write numbers: EXT_color_buffer_float is missing',
    );
  }
  let words = '';
  canvas.addEventListener('webglcontextlost', ({ statusMessage }) => {
    words = statusMessage ? `: ${statusMessage}` : '';
  });
  const size = Number(context.getParameter(context.MAX_TEXTURE_SIZE));
  let full = false;
  const outOfMemory = () => {
    full ||= ranOut(context);
    return full ? { memory: true, words: 'WebGL2 says OUT_OF_MEMORY' } : undefined;
  };
  return {
    mode: 'webgl2',
    gpu: readingInTheBackground(makeGpuJs({ mode: 'webgl2', canvas, context })),
    most: mostOf({ elements: size ** 2, because: `its textures are ${size} × ${size} at most` }),
    loss: () => (context.isContextLost() ? `WebGL2 says webglcontextlost${words}` : undefined),
    complaint: outOfMemory,
    async watch(work) {
      const done = await work();
      if (ranOut(context)) throw new Refusal({ memory: true, words: 'WebGL2 says OUT_OF_MEMORY' });
      return done;
    },
  };
}

/**
 * Has results read behind a fence. A texture's own `toArray` waits for all that was submitted, and a page stands still
 * meanwhile; a kernel that does not stay on the device is waited for in turns of the event loop.
 */
function readingInTheBackground(gpu: GpuJs): GpuJs {
  const settings = {
    ...{ output: [1], dynamicOutput: true, dynamicArguments: true },
    ...{ precision: 'single', tactic: 'precision', asyncMode: true },
  };
  const kernel = gpu.createKernel('function(x) { return x[this.thread.x]; }', settings);
  return Object.assign(gpu, {
    async read(handle: Handle, length: number) {
      kernel.setOutput([length]);
      return (await kernel(handle)) as unknown as ArrayLike<number>;
    },
  });
}

/** Whether memory ran out since this was last asked. */
function ranOut(context: WebGl): boolean {
  let found = false;
  for (;;) {
    const error = context.getError();
    // A lost context has errors without end.
    if (error === NO_ERROR || context.isContextLost()) return found;
    found ||= error === OUT_OF_MEMORY;
  }
}
