import type { Backend } from '@unroll/backend';

/** What rounding depends on: the backend, its instructions and its native library. */
export type Engine = Readonly<Record<'backend' | 'simd' | 'blas', string>>;

/** That of a backend; an empty word for what it does not have. */
export function engineOf({ name, describe }: Backend): Engine {
  const facts = describe?.() ?? {};
  const text = (fact: string) => String(facts[fact]?.value ?? '');
  return { backend: name, simd: text('simd'), blas: text('blas') };
}

/** What to tell who resumes under another engine than the one that saved; undefined when it is the same or not known. */
export function otherEngine(saved: Engine | undefined, current: Engine): string | undefined {
  const parts = Object.keys(current) as (keyof Engine)[];
  if (saved === undefined || parts.every((part) => saved[part] === current[part])) return undefined;
  return `it was saved under ${inWords(saved)}, and this is ${inWords(current)}: the run goes on, but its bits may differ from those of a run that was not interrupted`;
}

function inWords({ backend, simd, blas }: Engine): string {
  const more = [simd && `SIMD ${simd}`, blas && `BLAS ${blas}`].filter(Boolean);
  return more.length > 0 ? `${backend} (${more.join(', ')})` : backend;
}
