import { tests } from './vitest.base.ts';

/** What takes longer: kill tests and soaks. Run before an issue is closed and before a release. */
export default tests('.long.test.ts', { exclude: [], testTimeout: 1_800_000 });
