import '@tensorflow/tfjs-core/dist/register_all_gradients';

export * from '@tensorflow/tfjs-backend-wasm';
export * from '@tensorflow/tfjs-core';
export * as layers from '@tensorflow/tfjs-layers';
