export { load, save } from './folder.ts';
