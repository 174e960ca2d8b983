import { conformance } from '../testing/conformance.ts';
import { reference } from './reference.ts';

conformance('the reference', reference);
