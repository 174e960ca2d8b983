export { fixture } from './fixture.ts';
