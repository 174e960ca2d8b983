export { erf } from './erf.ts';
export { exp, expm1 } from './exp.ts';
export { log, log1p, logEach } from './log.ts';
export { pow } from './power.ts';
export { sigmoid, tanh } from './tanh.ts';
export { cos, cosSinEach, sin } from './trigonometry.ts';
