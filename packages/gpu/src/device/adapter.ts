import { UnsupportedError } from '@unroll/backend';
import { type Mode, supports } from './gpu-js.ts';
import { bringWebGpu } from './node-webgpu.ts';

/** A way to the GPU that works here. */
export interface Adapter {
  readonly mode: Mode;
  /** What the driver calls itself. */
  readonly name: string;
  /** Why this way. */
  readonly why: string;
}

/**
 * Finds a way to the GPU: the one that is asked for, else WebGPU, else WebGL2.
 *
 * @throws UnsupportedError that says what is missing
 */
export async function findAdapter(asked: 'webgpu' | 'webgl2' | undefined): Promise<Adapter> {
  const missing: string[] = [];
  const why =
    asked === undefined
      ? 'the first that works here, of WebGPU and WebGL2'
      : `gpu({ mode }) asked for it`;
  for (const mode of asked === undefined ? (['webgpu', 'webgl2'] as const) : [asked]) {
    const obstacle = await obstacleTo(mode);
    if (obstacle === undefined) return { mode, name: await nameOf(mode), why };
    missing.push(obstacle);
  }
  throw new UnsupportedError('gpu', `no GPU can be used here: ${missing.join('; ')}`, { missing });
}

async function obstacleTo(mode: 'webgpu' | 'webgl2'): Promise<string | undefined> {
  if (mode === 'webgl2') {
    return (await supports(mode)) ? undefined : 'WebGL2 is not there (it is a browser’s)';
  }
  const obstacle = bringWebGpu();
  if (obstacle !== undefined) return obstacle;
  return (await supports(mode)) ? undefined : 'WebGPU is there, but it finds no adapter';
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
interface WebGl {
  getExtension(name: string): { readonly UNMASKED_RENDERER_WEBGL: number } | null;
  getParameter(name: number): unknown;
}

async function nameOf(mode: 'webgpu' | 'webgl2'): Promise<string> {
  if (mode === 'webgpu') {
    const { gpu } = globalThis.navigator as unknown as { gpu: WebGpu };
    const info = (await gpu.requestAdapter())?.info;
    const parts = [info?.vendor, info?.architecture, info?.device, info?.description];
    return [...new Set(parts)].filter(Boolean).join(' ') || 'unnamed';
  }
  const { OffscreenCanvas } = globalThis as unknown as {
    OffscreenCanvas: new (
      width: number,
      height: number,
    ) => { getContext(kind: string): WebGl | null };
  };
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  const names = gl?.getExtension('WEBGL_debug_renderer_info');
  return String((names && gl?.getParameter(names.UNMASKED_RENDERER_WEBGL)) ?? 'unnamed');
}
