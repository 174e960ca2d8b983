import { AutogradError, reference, UnrollError } from '@unroll/backend';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { noGrad } from '../autograd/mode.ts';
import { add, mul, tanh } from '../operations/arithmetic.ts';
import { reshape } from '../operations/core.ts';
import { fuse } from '../operations/fuse.ts';
import { sum } from '../operations/reduce.ts';
import { slice } from '../operations/slice.ts';
import { deviceBackend } from '../testing/device-backend.ts';
import { full, parameter } from './create.ts';
import { useBackend } from './engine.ts';
import { keep } from './releasing.ts';
import { type Node, Tensor } from './tensor.ts';

// A random program runs twice: on the reference, whose memory the collector frees, and on a device. Beside it stands what
// the rules say of each memory, written down here once more and in other words: who made it, who has it, who has read it.

const LARGE = 1024;
const SMALL = 16;

type Step =
  | { kind: 'upload' | 'parameter'; size: number; value: number }
  | {
      kind: 'add' | 'mul' | 'tanh' | 'view' | 'window' | 'detach' | 'keep' | 'pair';
      a: number;
      b: number;
    }
  | { kind: 'noGrad'; body: readonly Step[]; returned: number }
  | { kind: 'backward'; a: number; retain: boolean }
  | { kind: 'dropGradients' };

/** Two results of one operation, of which one may go on when backward has been through the other. */
const pair = fuse((x) => [tanh(x), mul(x, 0.5)]);

const index = fc.nat({ max: 1000 });
const { program } = fc.letrec<{ program: readonly Step[]; step: Step }>((tie) => ({
  program: fc.array(tie('step'), { maxLength: 14 }),
  step: fc.oneof(
    { maxDepth: 2 },
    fc.record({
      kind: fc.constantFrom('upload' as const, 'parameter' as const),
      size: fc.constantFrom(LARGE, LARGE, SMALL),
      value: fc.constantFrom(-0.5, 0.25, 1),
    }),
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'add',
          'mul',
          'tanh',
          'view',
          'window',
          'detach',
          'keep',
          'pair' as const,
        ),
        ...{ a: index, b: index },
      }) as fc.Arbitrary<Step>,
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('backward' as const),
        a: index,
        retain: fc.boolean(),
      }),
    },
    fc.record({ kind: fc.constant('dropGradients' as const) }),
    fc.record({ kind: fc.constant('noGrad' as const), body: tie('program'), returned: index }),
  ),
}));

/** What the rules know of one memory. */
interface Fact {
  readonly size: number;
  readonly fromHost: boolean;
  /** The innermost noGrad around it. */
  scope: Scope | undefined;
  /** It is a parameter, or was kept. */
  lasts: boolean;
  freed: boolean;
  /** The operation that recorded it, and whether backward has been through it. */
  readonly producer: Node | undefined;
  passed: boolean;
}

interface Scope {
  readonly outer: Scope | undefined;
}

interface Value {
  readonly device: Tensor;
  readonly plain: Tensor;
  readonly fact: Fact;
}

class World {
  readonly device = deviceBackend();
  readonly plain = reference();
  readonly values: Value[] = [];
  readonly facts = new Set<Fact>();
  readonly factOf = new Map<object, Fact>();
  scope: Scope | undefined;

  both(make: () => Tensor): readonly [Tensor, Tensor] {
    useBackend(this.plain);
    const plain = make();
    useBackend(this.device);
    return [make(), plain];
  }

  add(device: Tensor, plain: Tensor, fromHost: boolean): void {
    const known = this.factOf.get(device.storage);
    const fact = known ?? {
      ...{ size: device.size, fromHost, scope: this.scope, lasts: false, freed: false },
      ...{ producer: device.node, passed: false },
    };
    this.factOf.set(device.storage, fact);
    this.facts.add(fact);
    this.values.push({ device, plain, fact });
  }

  /** Frees at a release point what is not excepted. */
  free(fact: Fact): void {
    const small = fact.size < LARGE;
    if (fact.lasts || fact.fromHost || small) return;
    fact.freed = true;
  }
}

/** Every operation below a value that a backward pass would go through. */
function graphOf(x: Tensor): Set<Node> {
  const nodes = new Set<Node>();
  const visit = (y: Tensor): void => {
    if (!y.node || nodes.has(y.node)) return;
    nodes.add(y.node);
    y.node.inputs.forEach(visit);
  };
  visit(x);
  return nodes;
}

function run(world: World, steps: readonly Step[]): boolean {
  return steps.every((step) => runStep(world, step));
}

/** @returns false where the program cannot go on, because a pass needed what was freed */
function runStep(world: World, step: Step): boolean {
  const { values } = world;
  const pick = (i: number): Value | undefined => values[i % Math.max(values.length, 1)];
  switch (step.kind) {
    case 'upload':
    case 'parameter': {
      const make = () => full([step.size], step.value);
      const [device, plain] = world.both(step.kind === 'upload' ? make : () => parameter(make()));
      world.add(device, plain, true);
      if (step.kind === 'parameter') world.factOf.get(device.storage)!.lasts = true;
      return true;
    }
    case 'noGrad':
      return runNoGrad(world, step.body, step.returned);
    case 'dropGradients':
      for (const { device, plain } of values) {
        if (device.node) continue;
        device.grad = undefined;
        plain.grad = undefined;
      }
      return true;
    case 'backward': {
      const root = pick(step.a);
      return root === undefined || runBackward(world, root, step.retain);
    }
    default: {
      const [a, b] = [pick(step.a), pick(step.b)];
      if (a && b) runOperation(world, step.kind, a, b);
      return true;
    }
  }
}

function runOperation(world: World, kind: string, a: Value, b: Value): void {
  const apply = (x: Tensor, y: Tensor): readonly Tensor[] => {
    if (kind === 'add') return [add(x, y)];
    if (kind === 'mul') return [mul(x, y)];
    if (kind === 'tanh') return [tanh(x)];
    if (kind === 'view') return [reshape(x, x.rank === 1 ? [2, x.size / 2] : [x.size])];
    if (kind === 'window') return [slice(reshape(x, [2, x.size / 2]), { to: 1 })];
    if (kind === 'keep') return [keep(x)];
    if (kind === 'pair') return pair(x);
    return [x.detach()];
  };
  if (kind === 'window' && a.device.size < LARGE) return;
  const binary = kind === 'add' || kind === 'mul';
  const fits = !binary || a.device.shape.join() === b.device.shape.join();
  if (!fits) return;
  const reads = kind === 'tanh' || kind === 'pair' || kind === 'keep' || binary;
  if (reads && (a.fact.freed || (binary && b.fact.freed))) {
    expect(() => apply(a.device, b.device)).toThrow('keep(x)');
    return;
  }
  if (kind === 'keep') a.fact.lasts = true;
  const plain = apply(a.plain, b.plain);
  for (const [i, made] of apply(a.device, b.device).entries()) world.add(made, plain[i], false);
}

function runNoGrad(world: World, body: readonly Step[], returned: number): boolean {
  const scope: Scope = { outer: world.scope };
  world.scope = scope;
  let ended = true;
  const first = world.values.length;
  const result = noGrad(() => {
    ended = run(world, body);
    const made = world.values.slice(first);
    return { list: made.length > 0 ? [made[returned % made.length].device] : [] };
  });
  world.scope = scope.outer;
  const kept = new Set(result.list.map((x) => world.factOf.get(x.storage)));
  for (const fact of world.facts) {
    if (fact.scope !== scope || fact.freed) continue;
    if (!kept.has(fact)) world.free(fact);
    fact.scope = scope.outer;
  }
  return ended;
}

function runBackward(world: World, root: Value, retainGraph: boolean): boolean {
  if (world.scope || root.fact.freed || !root.device.requiresGrad) return true;
  const [device, plain] = [sum(root.device), sum(root.plain)];
  const nodes = [...graphOf(device)];
  const read = new Set(
    nodes.flatMap(({ inputs }) => inputs.map((x) => world.factOf.get(x.storage))),
  );
  const needsFreed = nodes.some(({ saved }) =>
    saved.some(({ tensor }) => world.factOf.get(tensor.storage)?.freed),
  );
  const errors = [device, plain].map((loss) => attempt(() => loss.backward({ retainGraph })));
  if (errors.some((error) => error !== undefined)) {
    if (needsFreed) expect(errors[0]).toBeInstanceOf(UnrollError);
    else for (const error of errors) expect(error).toBeInstanceOf(AutogradError);
    return false;
  }
  if (retainGraph) return true;
  for (const fact of read) if (fact?.passed) world.free(fact);
  for (const fact of world.facts) {
    if (!fact.producer || !nodes.includes(fact.producer)) continue;
    if (read.has(fact)) world.free(fact);
    else fact.passed = true;
  }
  return true;
}

function attempt(fn: () => void): unknown {
  try {
    fn();
    return undefined;
  } catch (error) {
    return error;
  }
}

afterEach(() => void useBackend(undefined));

test('any program reads what the rules leave alive, and all else is freed', () => {
  fc.assert(
    fc.property(program, (steps) => {
      const world = new World();
      run(world, steps);
      noGrad(() => {}); // gradients that were dropped leave at the next release point
      for (const { device, plain, fact } of world.values) {
        if (fact.freed) expect(() => device.dataSync()).toThrow('keep(x)');
        else expect(device.dataSync()).toEqual(plain.dataSync());
      }
      const gradients = new Set<object>();
      for (const { device, plain } of world.values) {
        const [found, expected] = [device, plain].map((x) => Tensor.peekGrad(x));
        expect(found?.dataSync()).toEqual(expected?.dataSync());
        if (found && found.storage.memory.length >= LARGE) gradients.add(found.storage);
      }
      const alive = [...world.facts].filter(
        ({ fromHost, freed, size }) => !fromHost && !freed && size >= LARGE,
      );
      expect(world.device.alive(LARGE)).toBe(alive.length + gradients.size);
    }),
    { numRuns: 300 },
  );
});
