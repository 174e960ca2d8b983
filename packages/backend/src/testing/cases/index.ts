import type { Absent } from '../../contract/backend.ts';
import { type MakeBackend, Suite } from '../suite.ts';
import { attentionCases } from './attention.ts';
import { bernoulliCases } from './bernoulli.ts';
import { crossEntropyCases } from './cross-entropy.ts';
import { fusedCases } from './fused.ts';
import { indexedCases } from './indexed.ts';
import { matmulCases } from './matmul.ts';
import { memoryCases } from './memory.ts';
import { moveCases } from './move.ts';
import { pointwiseCases } from './pointwise.ts';
import { reduceCases } from './reduce.ts';
import { scanCases } from './scan.ts';
import { sequenceLossCases } from './sequence-losses.ts';

/** Cases that a backend does not pass, by title, each with its reason; one that does pass fails the suite. */
export type Holes = Readonly<Record<string, string>>;

/** All cases of the suite, for one backend; `absent` is what it says of itself. */
export function suiteOf(makeBackend: MakeBackend, holes: Holes, absent?: Absent): Suite {
  const suite = new Suite(makeBackend, holes, absent);
  memoryCases(suite);
  pointwiseCases(suite);
  reduceCases(suite);
  matmulCases(suite);
  moveCases(suite);
  indexedCases(suite);
  fusedCases(suite);
  crossEntropyCases(suite);
  bernoulliCases(suite);
  attentionCases(suite);
  sequenceLossCases(suite);
  scanCases(suite);
  suite.checkHoles();
  return suite;
}
