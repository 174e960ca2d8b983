import { type Program, type Ref, UnsupportedError, type Value } from '@unroll/backend';
import { emitFormula } from './formula.ts';
import type { Graph } from './graph.ts';

/** A weight on the host: float32, row by row. */
export interface HostWeight {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** What a program's sources are in the graph. */
export interface Sources {
  /** Values of steps and states by name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Its parameters; windows of them become constants of `constants`. */
  readonly weights: Readonly<Record<string, HostWeight>>;
  /** The graph that holds constants: outside of a loop, so that they stand there once. */
  readonly constants: Graph;
}

/**
 * Writes one step of a recurrence program into a graph, on the last axis.
 *
 * @returns the graph's value for each of the program's
 * @throws UnsupportedError for values that have no counterpart: memories and what is given once for each sequence
 */
export function emitProgram(graph: Graph, program: Program, sources: Sources): string[] {
  const emitter = new Emitter(graph, program, sources);
  program.values.forEach((value, ref) => {
    emitter.emitted.push(emitter.emit(value, ref));
  });
  return emitter.emitted;
}

class Emitter {
  readonly #graph: Graph;
  readonly #program: Program;
  readonly #sources: Sources;
  /** The graph's names of the values so far. */
  readonly emitted: string[] = [];

  constructor(graph: Graph, program: Program, sources: Sources) {
    this.#graph = graph;
    this.#program = program;
    this.#sources = sources;
  }

  emit(value: Value, ref: Ref): string {
    const graph = this.#graph;
    const at = (x: Ref) => this.emitted[x];
    switch (value.kind) {
      case 'step':
        return this.#sources.inputs[value.name];
      case 'state':
        return this.#sources.inputs[this.#stateOf(ref)];
      case 'weight':
        return this.#weight(value, false);
      case 'affine':
        return this.#affine(value);
      case 'pointwise':
        return emitFormula(graph, value.formula, value.args.map(at));
      case 'rowNorm':
        return emitRowNorm(graph, at(value.x), value.eps);
      case 'rowSoftmax':
        return graph.node('Softmax', [at(value.x)], { axis: -1 });
      case 'rowSum':
        return graph.node('ReduceSum', [at(value.x), graph.integers(-1)]);
      case 'columns': {
        const [from, to] = value.window.map((n) => graph.integers(n));
        return graph.node('Slice', [at(value.x), from, to, graph.integers(-1)]);
      }
      case 'concat':
        return graph.node('Concat', value.parts.map(at), { axis: -1 });
      default:
        throw new UnsupportedError(
          'exportOnnx',
          `${this.#program.name} reads ${value.name} (${value.kind}), for which there is no ONNX here; export what comes before and after it`,
          { program: this.#program.name, value: value.name, kind: value.kind },
        );
    }
  }

  #stateOf(ref: Ref): string {
    return this.#program.states.find(({ input }) => input === ref)?.name as string;
  }

  #affine({ terms, bias }: Extract<Value, { kind: 'affine' }>): string {
    const graph = this.#graph;
    const products = terms.map(({ value, weight, transposed }) => {
      const source = this.#program.values[weight] as Extract<Value, { kind: 'weight' }>;
      const matrix = transposed ? this.#weight(source, true) : this.emitted[weight];
      return graph.node('MatMul', [this.emitted[value], matrix]);
    });
    const all = bias === undefined ? products : [...products, this.emitted[bias]];
    return all.reduce((sum, x) => graph.node('Add', [sum, x]));
  }

  /** The window of a parameter, cut here. */
  #weight(
    { parameter, rows, columns, name }: Extract<Value, { kind: 'weight' }>,
    transposed: boolean,
  ): string {
    const { values, shape } = this.#sources.weights[parameter];
    const width = shape[shape.length - 1];
    const [from, to] = columns;
    const [top, bottom] = shape.length === 1 ? [0, 1] : (rows ?? [0, shape[0]]);
    const [height, breadth] = [bottom - top, to - from];
    const out = new Float32Array(height * breadth);
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < breadth; j++) {
        out[transposed ? j * height + i : i * breadth + j] = values[(top + i) * width + from + j];
      }
    }
    const sizes = transposed ? [breadth, height] : [height, breadth];
    return this.#sources.constants.floats(name, out, shape.length === 1 ? [breadth] : sizes);
  }
}

/** (x − mean)/√(variance + ε) over the last axis. */
function emitRowNorm(graph: Graph, x: string, eps: number): string {
  const mean = (y: string) => graph.node('ReduceMean', [y], { axes: [-1], keepdims: 1 });
  const centred = graph.node('Sub', [x, mean(x)]);
  const variance = mean(graph.node('Mul', [centred, centred]));
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.float(eps)])]);
  return graph.node('Div', [centred, deviation]);
}
