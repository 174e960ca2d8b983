import { AutogradError } from '@unroll/backend';
import { moveOut, outside } from '../core/made.ts';
import { releasing } from '../core/releasing.ts';
import { type BackwardOptions, type GradientHook, type Node, Tensor } from '../core/tensor.ts';
import { add } from '../operations/arithmetic.ts';
import { copyOf } from '../operations/core.ts';
import { freeGraph } from './free-graph.ts';
import { InFlight } from './in-flight.ts';
import { withRecording } from './mode.ts';
import { release, runNode } from './run-node.ts';
import { seed } from './seed.ts';

/** Gradients on their way to the nodes whose outputs they belong to. */
type Arriving = Map<Node, (Tensor | undefined)[]>;

/** Adds the gradients of `root` to the `grad` of every leaf that requires one. */
export function backward(root: Tensor, options: BackwardOptions): void {
  passing('backward()', options, () => {
    for (const [leaf, gradient] of walk(root, options, undefined)) {
      const before = Tensor.peekGrad(leaf);
      leaf.grad = before ? add(before, gradient) : gradient;
      if (before) gradient.storage.giveBack();
    }
  });
}

/** A backward pass, whose end is a release point; where it is recorded, what it makes is needed again. */
function passing<T>(place: string, { createGraph }: BackwardOptions, pass: () => T): T {
  return createGraph ? pass() : releasing(place, pass, true);
}

/**
 * The gradients of y with respect to `inputs`, which may be leaves or computed values; nothing is written to any
 * `grad`. With `createGraph` the result can be differentiated again.
 *
 * @param options.gradient gradient of y itself; default 1, for a scalar
 * @throws AutogradError when y does not depend on an input
 * @example
 * const x = tensor([1, 2, 3], { requiresGrad: true });
 * const [dx] = grad(sum(mul(x, x)), [x]); // [2, 4, 6]
 */
export function grad(
  y: Tensor,
  inputs: readonly Tensor[],
  options: BackwardOptions = {},
): Tensor[] {
  return gradWhereUsed(y, inputs, options).map((gradient, i) => {
    if (gradient) return gradient;
    throw new AutogradError(
      'grad',
      `the result does not depend on input ${i} (${inputs[i].toString()}). Was it detached, or made under noGrad?`,
    );
  });
}

/** {@link grad}, with undefined for an input on which y does not depend: `allow_unused` of PyTorch's. */
export function gradWhereUsed(
  y: Tensor,
  inputs: readonly Tensor[],
  options: BackwardOptions = {},
): (Tensor | undefined)[] {
  return passing('grad()', options, () => {
    const found = walk(y, options, new Set(inputs));
    return inputs.map((x) => {
      const gradient = found.get(x);
      gradient?.storage.keep();
      return gradient;
    });
  });
}

/** The gradients of what was asked for; of all leaves when nothing was. */
function walk(
  root: Tensor,
  options: BackwardOptions,
  asked: ReadonlySet<Tensor> | undefined,
): Map<Tensor, Tensor> {
  const { createGraph = false, retainGraph = createGraph } = options;
  const gradient = seed(root, options.gradient);
  const order = reachable(root);
  const wants = wanting(order, asked);
  const totals = new Map<Tensor, Tensor>();
  const flight = createGraph ? undefined : new InFlight();
  const arriving: Arriving = new Map();
  const arrive = (x: Tensor, dx: Tensor): void => {
    flight?.arrive(dx);
    if (x.node) gather(arriving, x.node, x.outputIndex, dx, flight);
    else if (!asked || asked.has(x)) {
      totals.set(x, plus(totals.get(x), dx, flight));
    }
  };
  const inside = insideOf(asked ?? []);
  withRecording(createGraph, () => {
    arrive(root, gradient);
    for (const node of order) {
      const gradients = take(arriving, node);
      if (!gradients) continue;
      for (const x of inside.get(node) ?? []) {
        const dx = gradients[x.outputIndex];
        if (!dx) continue;
        flight?.arrive(dx);
        totals.set(x, dx);
      }
      step(node, gradients, wants, arrive);
      for (const dx of gradients) if (dx) flight?.leave(dx);
    }
    for (const [x, dx] of totals) {
      // Who has it may write into it, so it is nobody else's.
      const own = flight?.isAlone(dx) === false ? copyOf(dx) : dx;
      const total = applyHooks(x.hooks, own);
      flight?.lend(total);
      totals.set(x, total);
    }
  });
  // What was passed by is kept: it can still be differentiated from the values that were asked for.
  if (!retainGraph) {
    if (!asked && !createGraph) freeGraph(root, order);
    for (const node of order) if (!asked || node.inputs.some(wants)) release(node);
  }
  return totals;
}

/** Tells of a tensor whether anything that is asked for lies at or below it. */
function wanting(
  order: readonly Node[],
  asked: ReadonlySet<Tensor> | undefined,
): (x: Tensor) => boolean {
  if (!asked) return (x) => x.requiresGrad;
  const useful = new Set<Node>();
  const wants = (x: Tensor) => asked.has(x) || (x.node !== undefined && useful.has(x.node));
  for (const node of order.toReversed()) if (node.inputs.some(wants)) useful.add(node);
  return wants;
}

function gather(
  arriving: Arriving,
  node: Node,
  output: number,
  gradient: Tensor,
  flight: InFlight | undefined,
): void {
  const slots = arriving.get(node) ?? new Array<Tensor | undefined>(node.outputs).fill(undefined);
  slots[output] = plus(slots[output], gradient, flight);
  arriving.set(node, slots);
}

function plus(x: Tensor | undefined, y: Tensor, flight: InFlight | undefined): Tensor {
  if (!x) return y;
  const sum = add(x, y);
  flight?.arrive(sum);
  for (const part of [x, y]) flight?.leave(part);
  return sum;
}

function applyHooks(hooks: readonly GradientHook[] | undefined, gradient: Tensor): Tensor {
  let out = gradient;
  for (const hook of hooks ?? []) {
    // Who asks for a gradient may keep it, and what is computed of it.
    moveOut(out.storage);
    const given = out;
    given.storage.isSeen = true;
    out = outside(() => hook(given)) ?? out;
    out.storage.isSeen = true;
  }
  return out;
}

/** The gradients of a node's outputs, all of which have arrived by now; undefined when none came. */
function take(arriving: Arriving, node: Node): (Tensor | undefined)[] | undefined {
  const arrived = arriving.get(node);
  arriving.delete(node);
  return arrived?.map((g, i) => g && applyHooks(node.hooks?.[i], g));
}

/** The computed ones among `tensors`, by the node that made them. */
function insideOf(tensors: Iterable<Tensor>): Map<Node, Tensor[]> {
  const inside = new Map<Node, Tensor[]>();
  for (const x of tensors) if (x.node) inside.set(x.node, [...(inside.get(x.node) ?? []), x]);
  return inside;
}

function step(
  node: Node,
  gradients: readonly (Tensor | undefined)[],
  wants: (x: Tensor) => boolean,
  arrive: (x: Tensor, dx: Tensor) => void,
): void {
  const needs = node.inputs.map(wants);
  if (!needs.includes(true) && node.backward) return;
  const found = runNode(node, gradients, needs);
  for (const [i, x] of node.inputs.entries()) {
    const dx = found[i];
    if (needs[i] && dx) arrive(x, dx);
  }
}

/** Every node below `root`, latest first. Iterative: a chain of 100,000 operations must differentiate. */
function reachable(root: Tensor): Node[] {
  const seen = new Set<Node>();
  const stack: Node[] = root.node ? [root.node] : [];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const x of node.inputs) if (x.node && !seen.has(x.node)) stack.push(x.node);
  }
  return [...seen].sort((a, b) => b.id - a.id);
}
