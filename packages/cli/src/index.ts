export { machine } from './machine.ts';
export { type CountRange, readCount, readText } from './option-values.ts';
export { commandOf, type Lines, programOf, runProgram } from './program.ts';
export { checkFolderOf, type Json, type Result, writeResult } from './result-file.ts';
