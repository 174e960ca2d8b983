import { fileURLToPath } from 'node:url';
import type { Command } from '../measure/child.ts';
import type { Pace } from '../measure/rounds.ts';
import type { Peer } from '../peers/peer.ts';
import type { Progress } from '../suites/suite.ts';

const file = fileURLToPath(new URL('./fake-child.mjs', import.meta.url));

/** A child whose calls say they took so many seconds (`0.25`), or that `fail`s or `die`s. */
export function fakeCommand(behaviour: string): Command {
  return { file: process.execPath, args: [file, behaviour] };
}

export function fakePeer(who: string, behaviour: string): Peer {
  return { who, kinds: ['training', 'product'], find: () => fakeCommand(behaviour) };
}

/** As little as there can be. */
export const hurried: Pace = { rounds: 2, turn: 1, warmUp: 0, enough: 1e9, pause: 0 };

export const silent: Progress = { begin() {}, turn() {}, end() {} };
