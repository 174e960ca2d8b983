import type { PeakSpec, Workload } from '../../specs.ts';

/** The little of WebGPU that is needed to keep all its units busy. */
interface Gpu {
  requestAdapter(): Promise<{ requestDevice(): Promise<Device> }>;
}
interface Device {
  readonly queue: {
    submit(commands: readonly object[]): void;
    onSubmittedWorkDone(): Promise<void>;
  };
  createBuffer(settings: object): object;
  createShaderModule(settings: object): object;
  createComputePipeline(settings: object): { getBindGroupLayout(index: number): object };
  createBindGroup(settings: object): object;
  createCommandEncoder(): {
    beginComputePass(): {
      setPipeline(pipeline: object): void;
      setBindGroup(index: number, group: object): void;
      dispatchWorkgroups(count: number): void;
      end(): void;
    };
    finish(): object;
  };
}

/** Chains of multiply-add in each thread that do not wait for each other, of four numbers each, and their length. */
const [CHAINS, TURNS, THREADS] = [8, 512, 64];
const flopsOfGroup = 2 * 4 * CHAINS * TURNS * THREADS;

const chains = Array.from({ length: CHAINS }, (_, i) => i);
const code = `@group(0) @binding(0) var<storage, read_write> result : array<vec4<f32>>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(global_invocation_id) thread : vec3<u32>) {
  let x = vec4<f32>(f32(thread.x % 7u)) * 0.125;
  ${chains.map((i) => `var y${i} = vec4<f32>(${i}.5);`).join(' ')}
  for (var turn = 0; turn < ${TURNS}; turn++) {
    ${chains.map((i) => `y${i} = fma(y${i}, x, x);`).join(' ')}
  }
  result[thread.x % ${THREADS}u] = ${chains.map((i) => `y${i}`).join(' + ')};
}`;

/** What the adapter computes at most: multiply-adds in registers, nothing read, almost nothing written. */
export async function peak({ flops }: PeakSpec): Promise<Workload> {
  const { gpu } = navigator as unknown as { gpu: Gpu };
  const device = await (await gpu.requestAdapter()).requestDevice();
  const buffer = device.createBuffer({ size: 16 * THREADS, usage: 128 });
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  return {
    async call() {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(Math.round(flops / flopsOfGroup));
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      return undefined;
    },
  };
}
