/** What is used of the package `webgpu`: Dawn, for Node. */
interface NodeWebGpu {
  create(options: readonly string[]): unknown;
  readonly globals: Readonly<Record<string, unknown>>;
}

/**
 * Puts WebGPU where gpu.js looks for it, in Node with the optional package `webgpu`; nothing where it is already there, or
 * where there is no Node. It goes by Node's own `require`, so that no bundler for browsers sees it.
 *
 * @returns why there is still none
 */
export function bringWebGpu(): string | undefined {
  const { navigator, process } = globalThis as {
    navigator?: { gpu?: unknown };
    process?: NodeJS.Process;
  };
  if (navigator?.gpu !== undefined) return undefined;
  const modules = process?.getBuiltinModule?.('node:module');
  if (modules === undefined) return 'this browser has no WebGPU, or not on a page without https';
  try {
    const { create, globals } = modules.createRequire(import.meta.url)('webgpu') as NodeWebGpu;
    Object.assign(globalThis, globals);
    const gpu = create([]);
    if (navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    else Object.assign(globalThis, { navigator: { gpu } });
    return undefined;
  } catch (error) {
    return `in Node, WebGPU comes with the package webgpu, which could not be loaded (npm install webgpu): ${String(error)}`;
  }
}
