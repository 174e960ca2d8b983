import type { Shape } from '@unroll/backend';
import { encodeMessage, Float, type Message } from './protobuf.ts';

/** Element types by ONNX's numbers. */
const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;

export type ElementType = keyof typeof elementTypes;

/** An axis: its length, or a name for a length that is known only when the graph runs. */
export type Axis = number | string;

/** What a node is told beside its inputs. A whole number is an integer; `new Float(1)` is a float. */
export type Attribute = number | string | Float | Graph | readonly number[] | readonly string[];

/**
 * An ONNX graph while it is being made: nodes in order, constants, inputs and outputs. Values are known by their names, which
 * a graph inside another one (the body of a loop) shares with it.
 *
 * Format: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export class Graph {
  readonly name: string;
  readonly #names: Map<string, number>;
  readonly #nodes: Message[] = [];
  readonly #constants: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];

  constructor(name: string, outer?: Graph) {
    this.name = name;
    this.#names = outer ? outer.#names : new Map();
  }

  /** A name that no other value has. */
  fresh(name: string): string {
    const count = this.#names.get(name) ?? 0;
    this.#names.set(name, count + 1);
    return count === 0 ? name : this.fresh(`${name}_${count}`);
  }

  input(name: string, type: ElementType, axes: readonly Axis[]): string {
    const fresh = this.fresh(name);
    this.#inputs.push(valueInfo(fresh, type, axes));
    return fresh;
  }

  /** Gives a value to the outside under a name of its own. */
  output(name: string, value: string, type: ElementType, axes: readonly Axis[]): void {
    const fresh = this.fresh(name);
    this.#nodes.push({ 1: value, 2: fresh, 3: this.fresh('give'), 4: 'Identity' });
    this.#outputs.push(valueInfo(fresh, type, axes));
  }

  /** Adds a node and gives the names of its outputs, as many as are asked for. An input `''` is one that is left out. */
  nodes(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute | undefined>> = {},
    count = 1,
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.fresh(op.toLowerCase()));
    const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
    this.#nodes.push({
      1: inputs,
      2: outputs,
      3: this.fresh(`${op}_node`),
      4: op,
      5: given.map(([name, value]) => attribute(name, value as Attribute)),
    });
    return outputs;
  }

  /** A node with one output. */
  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute | undefined>> = {},
  ): string {
    return this.nodes(op, inputs, attributes)[0];
  }

  floats(name: string, values: Float32Array, shape: Shape): string {
    return this.#constant(name, 'float32', new Uint8Array(values.slice().buffer), shape);
  }

  float(value: number): string {
    return this.floats('constant', Float32Array.of(value), []);
  }

  /** A vector of int64, as shapes, axes and positions are given. */
  integers(...values: number[]): string {
    const numbers = BigInt64Array.from(values, BigInt);
    return this.#constant('integers', 'int64', new Uint8Array(numbers.buffer), [values.length]);
  }

  /** One int64 without an axis. */
  integer(value: number): string {
    const numbers = BigInt64Array.of(BigInt(value));
    return this.#constant('integer', 'int64', new Uint8Array(numbers.buffer), []);
  }

  #constant(name: string, type: ElementType, bytes: Uint8Array, shape: Shape): string {
    const fresh = this.fresh(name);
    this.#constants.push({ 1: [...shape], 2: elementTypes[type], 8: fresh, 9: bytes });
    return fresh;
  }

  message(): Message {
    return {
      1: this.#nodes,
      2: this.name,
      5: this.#constants,
      11: this.#inputs,
      12: this.#outputs,
    };
  }
}

/** LayerNormalization came with this version. */
const opset = 17;
/** Of the file format, the one that goes with the opset. */
const irVersion = 8;

/** The bytes of a model file. */
export function encodeModel(graph: Graph): Uint8Array<ArrayBuffer> {
  return encodeMessage({
    1: irVersion,
    2: 'unroll',
    7: graph.message(),
    8: { 1: '', 2: opset },
  });
}

export function castTo(graph: Graph, value: string, type: ElementType): string {
  return graph.node('Cast', [value], { to: elementTypes[type] });
}

function valueInfo(name: string, type: ElementType, axes: readonly Axis[]): Message {
  const dims = axes.map((axis) => (typeof axis === 'number' ? { 1: axis } : { 2: axis }));
  return { 1: name, 2: { 1: { 1: elementTypes[type], 2: { 1: dims } } } };
}

/** Attributes say their type by number, in field 20. */
function attribute(name: string, value: Attribute): Message {
  if (value instanceof Float) return { 1: name, 2: value, 20: 1 };
  if (typeof value === 'number') return { 1: name, 3: value, 20: 2 };
  if (typeof value === 'string') return { 1: name, 4: value, 20: 3 };
  if (value instanceof Graph) return { 1: name, 6: value.message(), 20: 5 };
  if (typeof value[0] === 'string') return { 1: name, 9: value as readonly string[], 20: 8 };
  return { 1: name, 8: value as readonly number[], 20: 7 };
}
