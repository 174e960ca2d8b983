import { createInterface } from 'node:readline';

// A peer whose calls take the seconds given as its argument, without waiting for them: `node fake-child.mjs 0.25`.
// `fail` in place of a number refuses everything, `die` ends at the first request.
const [, , behaviour] = process.argv;
const memory = { residentBytes: 1, peakBytes: 2 };
/** @param {object} value */
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

say({ ok: { facts: { fake: behaviour }, warnings: [`takes ${behaviour}`], residentBytes: 1 } });
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  if (behaviour === 'die') {
    process.stderr.write('no more memory\n');
    process.exit(1);
  }
  if (behaviour === 'fail') say({ error: 'it does not feel like it' });
  else if (request.do === 'prepare') say({ ok: { note: 'a fake', parameters: 3 } });
  else if (request.do === 'drop') say({ ok: true });
  else say({ ok: { seconds: Array(request.calls).fill(Number(behaviour)), ...memory } });
}
