import { UnsupportedError } from '@unroll/backend';
import { type Mode, supports } from './gpu-js.ts';
import type { Link } from './link.ts';
import { bringWebGpu } from './node-webgpu.ts';
import { hiddenCanvas, type WebGl, webGlLink } from './webgl-link.ts';
import { webGpuLink } from './webgpu-link.ts';

/** A way to the GPU that works here. */
export interface Adapter {
  readonly mode: Mode;
  /** What the driver calls itself. */
  readonly name: string;
  /** Why this way. */
  readonly why: string;
}

/**
 * Opens a way to the GPU: the one that is asked for, else WebGPU, else WebGL2.
 *
 * @throws UnsupportedError that says what is missing
 */
export async function openGpu(
  asked: 'webgpu' | 'webgl2' | undefined,
): Promise<{ link: Link; adapter: Adapter }> {
  const missing: string[] = [];
  const why =
    asked === undefined
      ? 'the first that works here, of WebGPU and WebGL2'
      : `gpu({ mode }) asked for it`;
  for (const mode of asked === undefined ? (['webgpu', 'webgl2'] as const) : [asked]) {
    try {
      const link = await open[mode]();
      return { link, adapter: { mode, name: await nameOf(mode), why } };
    } catch (error) {
      missing.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new UnsupportedError('gpu', `no GPU can be used here: ${missing.join('; ')}`, { missing });
}

const open = { webgpu: openWebGpu, webgl2: openWebGl };

async function openWebGpu(): Promise<Link> {
  const obstacle = bringWebGpu();
  if (obstacle !== undefined) throw new Error(obstacle);
  if (!(await supports('webgpu'))) {
    throw new Error(
      'WebGPU is there, but it finds no adapter (in Node it needs a driver for Vulkan, Metal or Direct3D 12; VK_DRIVER_FILES can name one in software)',
    );
  }
  return webGpuLink().catch((error: unknown) => {
    throw new Error(`WebGPU has an adapter, but it gives no device: ${String(error)}`);
  });
}

async function openWebGl(): Promise<Link> {
  if (!(await supports('webgl2'))) throw new Error('WebGL2 is not there (it is a browser’s)');
  return webGlLink();
}

/** The parts of WebGPU and WebGL2 that tell what the driver is. */
interface Info {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}
interface WebGpu {
  requestAdapter(): Promise<{ readonly info?: Info } | null>;
}
async function nameOf(mode: 'webgpu' | 'webgl2'): Promise<string> {
  if (mode === 'webgpu') {
    const { gpu } = globalThis.navigator as unknown as { gpu: WebGpu };
    const info = (await gpu.requestAdapter())?.info;
    const parts = [info?.vendor, info?.architecture, info?.device, info?.description];
    return [...new Set(parts)].filter(Boolean).join(' ') || 'unnamed';
  }
  const gl = hiddenCanvas().getContext('webgl2', {}) as WebGl;
  const names = gl.getExtension('WEBGL_debug_renderer_info');
  return String((names && gl.getParameter(names.UNMASKED_RENDERER_WEBGL)) ?? 'unnamed');
}
