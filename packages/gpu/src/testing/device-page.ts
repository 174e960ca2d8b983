import { DeviceLostError, type Memory, type Operand, OutOfMemoryError } from '@unroll/backend';
import { Device } from '../device/device.ts';
import { webGlLink } from '../device/webgl-link.ts';
import { webGpuLink } from '../device/webgpu-link.ts';
import { backendOn, type GpuBackend, gpu } from '../gpu.ts';
import { Thief } from './lose.ts';
import { report } from './report.ts';

/** What became of some reads: values, or the name of an error and what it says. */
export interface DeviceFindings {
  /** Two backends in turn, the second of them after the first was destroyed. */
  readonly two: readonly Outcome[];
  /** Whether a timer had its turn while a large product was computed and read. */
  readonly turned: boolean;
  readonly sync: boolean;
  readonly outOfMemory: Outcome;
  readonly afterwards: Outcome;
  /** Read, computed, and uploaded before: of a device that was lost. */
  readonly lost: readonly Outcome[];
  readonly renewed: Outcome;
}

export type Outcome = readonly number[] | { readonly name: string; readonly words: string };

const whole = (memory: Memory): Operand => ({
  memory,
  offset: 0,
  shape: [memory.length],
  dtype: memory.dtype,
});

/** 0, 1, 2, 0 */
function padded({ kernels, upload }: GpuBackend): Operand {
  return whole(kernels.pad(whole(upload(Float32Array.of(1, 2))), [1], [1], 0));
}

async function outcome(run: () => Promise<ArrayLike<number>>): Promise<Outcome> {
  try {
    return Array.from(await run());
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    // A minifier takes the names of classes away.
    if (error instanceof DeviceLostError) return { name: 'DeviceLostError', words };
    if (error instanceof OutOfMemoryError) return { name: 'OutOfMemoryError', words };
    throw error;
  }
}

/** Whether a timer has its turn while a product is waited for. */
async function turnsWhileReading({ kernels, upload, read }: GpuBackend): Promise<boolean> {
  const x: Operand = { ...whole(upload(new Float32Array(2 ** 18))), shape: [1, 512, 512] };
  let turned = false;
  setTimeout(() => {
    turned = true;
  }, 0);
  await read(whole(kernels.matmul(x, x, false, false)));
  return turned;
}

/** A backend on a device that claims to hold more than it does; in WebGL2, whose textures are small, it is made to fail. */
async function boaster(mode: 'webgpu' | 'webgl2'): Promise<{ backend: GpuBackend; large: number }> {
  await gpu({ mode }); // in Node it brings WebGPU
  const link = mode === 'webgpu' ? await webGpuLink() : webGlLink();
  const most = { elements: 2 ** 30, because: 'it says so' };
  const adapter = { mode, name: 'boaster', why: 'a test asked for it' };
  const backend = backendOn(new Device({ ...link, most }), adapter, () => gpu({ mode }));
  return { backend, large: mode === 'webgpu' ? 2 ** 28 : 2 ** 22 };
}

/** Has WebGL2 say once that it is out of memory. */
function failOnce(): void {
  const { WebGL2RenderingContext } = globalThis as unknown as {
    WebGL2RenderingContext?: { prototype: { getError(): number } };
  };
  if (WebGL2RenderingContext === undefined) return;
  const { getError } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.getError = () => {
    WebGL2RenderingContext.prototype.getError = getError;
    return 0x0505;
  };
}

report(async (mode): Promise<DeviceFindings> => {
  const { backend: boasting, large } = await boaster(mode);
  const small = padded(boasting);
  await boasting.read(small);
  if (mode === 'webgl2') failOnce();
  const outOfMemory = await outcome(() =>
    boasting.read(whole(boasting.kernels.pad(small, [0], [large - 4], 0))),
  );
  const afterwards = await outcome(() => boasting.read(padded(boasting)));

  const turned = await turnsWhileReading(await gpu({ mode }));
  const thief = new Thief();
  const [first, second] = [await gpu({ mode }), await gpu({ mode })];
  const both = [padded(first), padded(second)];
  const two = [await outcome(() => first.read(both[0])), await outcome(() => second.read(both[1]))];
  await first.destroy();
  two.push(await outcome(() => second.read(padded(second))));

  const uploaded = whole(second.upload(Float32Array.of(3, 4)));
  const [before, unread] = [padded(second), padded(second)];
  await second.read(before);
  await thief.steal(mode);
  const lost = [
    await outcome(() => second.read(before)),
    await outcome(() => second.read(unread)),
    await outcome(() => second.read(padded(second))),
    await outcome(() => second.read(uploaded)),
  ];
  const fresh = await second.renew();
  const renewed = await outcome(() => fresh.read(padded(fresh)));
  return { two, turned, sync: 'readSync' in fresh, outOfMemory, afterwards, lost, renewed };
});
