import { tests } from './vitest.base.ts';

/** Every test that is deterministic and short. */
export default tests('.test.ts', { exclude: ['**/*.long.test.ts'], testTimeout: 30_000 });
