import '@tensorflow/tfjs-backend-cpu';

export { run } from './tfjs.ts';
