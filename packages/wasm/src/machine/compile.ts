/** How V8 is to compile a module: no quick first version, everything at once. */
const EAGER = ['liftoff', 'wasm-lazy-compilation'] as const;
/** Two neighbouring vectors of 128 bits become one of 256. */
const WIDEN = 'experimental-wasm-revectorize';
/** The first Node whose V8 was built with it. */
const WIDENING_NODE = 24;

/** Node, where V8's switches can be reached. */
interface Engine {
  setFlagsFromString(flag: string): void;
}

/**
 * A module, optimized before it is returned: its first call is as fast as its thousandth. In Node that needs V8's switches,
 * which stand for the whole process; they are set while this function compiles and put back before it returns, so that
 * nothing else is compiled under them. Elsewhere the engine decides.
 *
 * @param wide whether vectors of 256 bits are made where {@link canWiden} says that they can be
 */
export function compileModule(code: Uint8Array<ArrayBuffer>, wide: boolean): WebAssembly.Module {
  const engine = v8();
  if (engine === undefined) return new WebAssembly.Module(code);
  const given = globalThis.process.execArgv.map((flag) => flag.replaceAll('_', '-'));
  const open = (name: string) => !given.some((flag) => flag.endsWith(name));
  const off = EAGER.filter(open);
  const on = wide && canWiden() && open(WIDEN) ? [WIDEN] : [];
  try {
    for (const name of off) engine.setFlagsFromString(`--no-${name}`);
    for (const name of on) engine.setFlagsFromString(`--${name}`);
    return new WebAssembly.Module(code);
  } finally {
    for (const name of off) engine.setFlagsFromString(`--${name}`);
    for (const name of on) engine.setFlagsFromString(`--no-${name}`);
  }
}

/** Whether this engine has vectors of 256 bits for code that is written for 128; whether they are faster is another matter. */
export function canWiden(): boolean {
  if (v8() === undefined || globalThis.process.arch !== 'x64') return false;
  return Number.parseInt(globalThis.process.versions.node, 10) >= WIDENING_NODE;
}

function v8(): Engine | undefined {
  // Deno and Bun answer to `process` as well.
  const { versions, getBuiltinModule } = globalThis.process ?? {};
  if (!versions?.v8 || versions.deno || versions.bun) return undefined;
  return getBuiltinModule?.('node:v8');
}
