export type { Environment } from './environments.ts';
export { environments } from './environments.ts';
export { plainBackend } from './plain-backend.ts';
