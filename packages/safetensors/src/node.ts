export { fileError, renameAtomic, writeFileAtomic } from './atomic.ts';
export { readSafetensors, writeSafetensors } from './files.ts';
