import { acquireDevice } from '../device/gpu-js.ts';

interface Loses {
  getExtension(name: 'WEBGL_lose_context'): { loseContext(): void } | null;
}

/** Ways to take the GPU away; for WebGL2 it must be made before the backend, whose context it remembers. */
export class Thief {
  readonly #contexts: Loses[] = [];

  constructor() {
    const { OffscreenCanvas } = globalThis as unknown as {
      OffscreenCanvas?: { prototype: { getContext(...args: unknown[]): unknown } };
    };
    if (OffscreenCanvas === undefined) return;
    const contexts = this.#contexts;
    const { getContext } = OffscreenCanvas.prototype;
    OffscreenCanvas.prototype.getContext = function (...args) {
      const context = getContext.apply(this, args);
      contexts.push(context as Loses);
      return context;
    };
  }

  /** Takes all of it, as a driver would that was reset. */
  async steal(mode: 'webgpu' | 'webgl2'): Promise<void> {
    if (mode === 'webgpu') (await acquireDevice()).destroy();
    else
      for (const context of this.#contexts.splice(0))
        context.getExtension('WEBGL_lose_context')?.loseContext();
  }
}
