import type { Module } from '@unroll/nn';
import { assign, randomStream, type Tensor, tensor } from '@unroll/tensor';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { type ExportOnnxOptions, exportOnnx, type OnnxPart } from '../onnx/export-onnx.ts';

type Runtime = Pick<typeof native, 'InferenceSession' | 'Tensor'>;
export type Feeds = Readonly<Record<string, Tensor>>;

/** onnxruntime's own WebAssembly, which Node loads as a page does; one thread needs no worker. */
web.env.wasm.numThreads = 1;

const runtimes = { 'onnxruntime-node': native, 'onnxruntime-web': web as Runtime } as const;

export const runtimeNames = Object.keys(runtimes) as readonly (keyof typeof runtimes)[];

/** What the exported graph gives in a runtime, by the names of its outputs. */
export async function runOnnx(
  name: keyof typeof runtimes,
  model: OnnxPart | readonly OnnxPart[],
  feeds: Feeds,
  options?: ExportOnnxOptions,
): Promise<Record<string, Tensor>> {
  const runtime = runtimes[name];
  const session = await runtime.InferenceSession.create(await exportOnnx(model, options));
  const given = Object.entries(feeds).map(([input, x]) => {
    const { dtype, shape } = x;
    const values = x.dataSync() as Float32Array;
    return [input, new runtime.Tensor(dtype as 'float32', values, [...shape])] as const;
  });
  const results = await session.run(Object.fromEntries(given));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([output, { data, dims }]) => [
      output,
      tensor(data as Float32Array, { shape: dims }),
    ]),
  );
}

export const random = (...shape: number[]) =>
  randomStream('x').uniform(shape, { low: -1, high: 1 });

/** Weights of which none is 0, biases too. */
export function shake<M extends Module>(module: M): M {
  for (const x of module.parameters()) assign(x, random(...x.shape));
  return module;
}
