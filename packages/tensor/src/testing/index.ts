export { checkOperation, type OperationCheck } from './check-operation.ts';
export { type DeviceBackend, deviceBackend } from './device-backend.ts';
export { expectClose } from './expect-close.ts';
export { fixture } from './fixture.ts';
export { type Fragile, fragile } from './fragile.ts';
export { pace } from './pace.ts';
