export type { Environment } from './environments.ts';
export { driver, environments } from './environments.ts';
export { plainBackend } from './plain-backend.ts';
