export { readTable, readText } from './read-file.ts';
