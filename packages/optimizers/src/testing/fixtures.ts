export { stepCases as fixtureCases } from './step-cases.ts';
