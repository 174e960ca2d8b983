export type { Environment } from './environments.ts';
export { environments, open } from './environments.ts';
export { plainBackend } from './plain-backend.ts';
