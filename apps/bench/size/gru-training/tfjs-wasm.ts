import '@tensorflow/tfjs-backend-wasm';

export { run } from './tfjs.ts';
