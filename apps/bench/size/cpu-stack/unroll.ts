export * from '@unroll/cells';
export * from '@unroll/nn';
export * from '@unroll/optimizers';
export * from '@unroll/tensor';
export * from '@unroll/wasm';
