import { conformance } from '@unroll/backend/testing';
import type { Library } from './blas/library.ts';
import { makeMachine } from './machine/make-machine.ts';
import type { SimdKind } from './machine/simd.ts';
import { fakeLibrary } from './testing/fake-library.ts';
import { openBlas } from './testing/open-blas.ts';
import { backendOn, wasm } from './wasm.ts';

const always = { pointwise: 0, reduce: 0, matmul: 0 };
const vectorised = (simd: SimdKind) => () => backendOn(makeMachine({ simd, thresholds: always }));

conformance('wasm', wasm);
conformance('wasm that leaves nothing small to the reference', vectorised('relaxed'));
conformance('the same without relaxed SIMD', vectorised('plain'));

const callFrom = { rows: 1, multiplications: 0 };
const withLibrary = (library: Library) => () =>
  backendOn(makeMachine({ simd: 'relaxed', thresholds: always, library, callFrom }));
conformance('wasm with a library for products', withLibrary(fakeLibrary()));
const library = openBlas();
if (library) conformance(`wasm with ${library.name}`, withLibrary(library));

const team = backendOn(makeMachine({ simd: 'relaxed', threads: 3, shareFrom: 0 }));
await team.ready();
conformance('wasm on three threads', () => team);
