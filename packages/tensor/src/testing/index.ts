export { checkOperation, type OperationCheck } from './check-operation.ts';
export { expectClose } from './expect-close.ts';
export { fixture } from './fixture.ts';
export { pace } from './pace.ts';
