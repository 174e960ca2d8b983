import { AutogradError, DTypeError, isFloating, ShapeError, sameShape } from '@unroll/backend';
import { fromHost } from '../core/accept.ts';
import {
  type Backward,
  type BackwardOptions,
  type GradientHook,
  hostMemory,
  type Node,
  Tensor,
} from '../core/tensor.ts';
import { add } from '../operations/arithmetic.ts';
import { backwardOf } from '../profile/scope.ts';
import { labelled } from './label.ts';
import { isAnomalyEnabled, withRecording } from './mode.ts';
import { findAnomaly } from './record.ts';

/** Gradients on their way to the nodes whose outputs they belong to. */
type Arriving = Map<Node, (Tensor | undefined)[]>;

/** Adds the gradients of `root` to the `grad` of every leaf that requires one. */
export function backward(root: Tensor, options: BackwardOptions): void {
  for (const [leaf, gradient] of walk(root, options, undefined)) {
    const before = Tensor.peekGrad(leaf);
    leaf.grad = before ? add(before, gradient) : gradient;
    if (before) gradient.storage.giveBack();
  }
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
  const found = walk(y, options, new Set(inputs));
  return inputs.map((x, i) => {
    const gradient = found.get(x);
    gradient?.storage.keep();
    if (gradient) return gradient;
    throw new AutogradError(
      'grad',
      `the result does not depend on input ${i} (${x.toString()}). Was it detached, or made under noGrad?`,
    );
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
  const arriving: Arriving = new Map();
  const arrive = (x: Tensor, dx: Tensor): void => {
    if (x.node) gather(arriving, x.node, x.outputIndex, dx);
    else if (!asked || asked.has(x)) {
      const before = totals.get(x);
      totals.set(x, plus(before, dx));
      if (before) for (const { storage } of [before, dx]) storage.giveBack();
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
        if (dx) totals.set(x, dx);
      }
      step(node, gradients, wants, arrive);
    }
    for (const [x, dx] of totals) totals.set(x, applyHooks(x.hooks, dx));
  });
  // What was passed by is kept: it can still be differentiated from the values that were asked for.
  if (!retainGraph) for (const node of order) if (!asked || node.inputs.some(wants)) release(node);
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

function gather(arriving: Arriving, node: Node, output: number, gradient: Tensor): void {
  const slots = arriving.get(node) ?? new Array<Tensor | undefined>(node.outputs).fill(undefined);
  slots[output] = plus(slots[output], gradient);
  arriving.set(node, slots);
}

function plus(x: Tensor | undefined, y: Tensor): Tensor {
  return x ? add(x, y) : y;
}

function applyHooks(hooks: readonly GradientHook[] | undefined, gradient: Tensor): Tensor {
  let out = gradient;
  for (const hook of hooks ?? []) out = hook(out) ?? out;
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

function runNode(
  node: Node,
  gradients: readonly (Tensor | undefined)[],
  needs: readonly boolean[],
): readonly (Tensor | undefined)[] {
  const backward = check(node);
  const found = backwardOf(node.name, () => labelled(node.place, () => backward(gradients, needs)));
  if (isAnomalyEnabled()) {
    const came = gradients.filter((g) => g !== undefined);
    const made = found.filter((g, i) => g !== undefined && needs[i]);
    findAnomaly(`backward of ${node.name}`, came, made as Tensor[]);
  }
  return found;
}

function check(node: Node): Backward {
  if (!node.backward) {
    throw new AutogradError(
      'backward',
      `the graph through ${node.name} was released by an earlier backward. Pass { retainGraph: true } to that one.`,
    );
  }
  for (const { tensor, version } of node.saved) {
    const { storage } = tensor;
    if (storage.version === version) continue;
    throw new AutogradError(
      'backward',
      `${node.name} saved a value [${tensor.shape.join(', ')}] at version ${version}, and ${storage.writer} has written to it since (version ${storage.version}). Call backward() before the write, or detach a copy.`,
      { saved: node.name, writer: storage.writer },
    );
  }
  return node.backward;
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

/** Lets go of what the node keeps alive. */
function release(node: Node): void {
  node.release?.();
  node.backward = undefined;
  node.saved = [];
  node.inputs = [];
}

function seed(root: Tensor, gradient: Tensor | undefined): Tensor {
  if (!root.requiresGrad) {
    throw new AutogradError(
      'backward',
      `nothing here requires a gradient: ${root.toString()}. Was it made under noGrad, or from tensors without requiresGrad?`,
    );
  }
  if (gradient) {
    if (!sameShape(gradient.shape, root.shape)) {
      throw new ShapeError(
        'backward',
        `the gradient must have the tensor's shape; got [${gradient.shape.join(', ')}] for [${root.shape.join(', ')}]`,
      );
    }
    if (!isFloating(gradient.dtype))
      throw new DTypeError('backward', `the gradient is ${gradient.dtype}`);
    return gradient;
  }
  if (root.size !== 1) {
    throw new AutogradError(
      'backward',
      `a tensor of shape [${root.shape.join(', ')}] needs { gradient }. Reduce it with sum() or mean() first?`,
    );
  }
  const one = hostMemory(root.dtype, root.shape);
  one[0] = 1;
  return fromHost(one, root.shape, root.dtype, root.storage.backend);
}
