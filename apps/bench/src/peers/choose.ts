import { OptionError } from '@unroll/backend';
import { type Command, PeerError } from '../measure/child.ts';
import type { Spec } from '../specs.ts';
import type { Peer, PeerOptions } from './peer.ts';

/** A peer that can run, and how. */
export interface Chosen {
  readonly who: string;
  readonly command: Command;
  /** What it is measured at; everything without. */
  readonly kinds?: Peer['kinds'];
  /** Whether somebody asked for it by name: then it must run. */
  readonly asked?: boolean;
}

/** Who takes part, and sentences about those who could have but cannot run here. */
export interface Choice {
  readonly chosen: readonly Chosen[];
  readonly absent: readonly string[];
}

/** Figures of our own packages, as people use them. */
const ours: readonly string[] = [
  'unroll',
  'unroll-blas',
  'unroll-webgpu',
  'unroll-webgl2',
  'unroll-webgpu-node',
];
/** Takes part without being asked: `unroll-packed` is what ours could be at most. */
const always: readonly string[] = [...ours, 'unroll-packed'];

/** What is measured, and on what. */
interface Field {
  readonly kinds: readonly Spec['kind'][];
  readonly device?: 'gpu';
}

/** `torch` stands for both numbers of threads, `tfjs` for both backends. */
const groups: Readonly<Record<string, readonly string[]>> = {
  torch: ['torch-1', 'torch-2'],
  tfjs: ['tfjs-wasm', 'tfjs-cpu'],
};

/**
 * Who is measured of those who compute on a device. Ours always are, as far as they can run; with `asked` those peers too,
 * without it all that can run.
 *
 * @throws OptionError for a peer that does not exist or has nothing to do with these kinds; PeerError, saying what to
 * install, for one that was asked for and cannot run
 */
export function choosePeers(
  peers: readonly Peer[],
  { kinds, device }: Field,
  asked: readonly string[] | undefined,
  options: PeerOptions,
): Choice {
  const able = peers.filter(
    (peer) => peer.device === device && peer.kinds.some((kind) => kinds.includes(kind)),
  );
  const names = asked?.flatMap((name) => groups[name] ?? [name]);
  for (const name of names ?? []) checkName(name, peers, able);
  const wanted = able.filter(
    ({ who, onlyIfAsked }) =>
      names?.includes(who) || (!onlyIfAsked && (names === undefined || always.includes(who))),
  );
  const looked = wanted.map((peer) => ({ ...peer, found: peer.find(options) }));
  const missing = looked.flatMap(({ who, found }) =>
    'missing' in found ? [{ who, sentence: found.missing }] : [],
  );
  const refused = missing.filter(({ who }) => names?.includes(who));
  if (refused.length > 0) throw new PeerError(sentencesOf(refused).join('; '));
  return {
    chosen: looked.flatMap(({ who, kinds: able, found }) =>
      'missing' in found
        ? []
        : [{ who, kinds: able, command: found, asked: names?.includes(who) ?? false }],
    ),
    absent: sentencesOf(missing),
  };
}

/** Whether a figure is of our own packages, as people use them. */
export function isOurs(who: string): boolean {
  return ours.includes(who);
}

function checkName(name: string, peers: readonly Peer[], able: readonly Peer[]): void {
  const list = (some: readonly Peer[]) => some.map(({ who }) => who).join(', ');
  if (peers.every(({ who }) => who !== name)) {
    throw new OptionError('--peers', `there is no peer ${name}; there are ${list(peers)}`);
  }
  if (able.every(({ who }) => who !== name)) {
    throw new OptionError('--peers', `${name} is not in this suite, which measures ${list(able)}`);
  }
}

/** Each once. */
function sentencesOf(missing: readonly { readonly sentence: string }[]): string[] {
  return [...new Set(missing.map(({ sentence }) => sentence))];
}
