export { scanBackward } from './scan/backward.ts';
export { scan } from './scan/forward.ts';
