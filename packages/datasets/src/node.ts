export { readText } from './read-file.ts';
