import type { Formula, Primitive } from '@unroll/backend';
import { castTo, type Graph } from './graph.ts';

/** Primitives that ONNX has under other names. */
const operators: Readonly<Partial<Record<Primitive, string>>> = {
  negate: 'Neg',
  abs: 'Abs',
  sign: 'Sign',
  floor: 'Floor',
  exp: 'Exp',
  log: 'Log',
  sqrt: 'Sqrt',
  tanh: 'Tanh',
  sigmoid: 'Sigmoid',
  erf: 'Erf',
  sin: 'Sin',
  cos: 'Cos',
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  power: 'Pow',
  minimum: 'Min',
  maximum: 'Max',
};

/** A formula with one output over values of the graph, primitive by primitive. */
export function emitFormula(graph: Graph, formula: Formula, args: readonly string[]): string {
  const registers = [...args];
  for (const step of formula.steps) {
    registers.push(
      step.op === 'constant'
        ? graph.float(step.value)
        : emitPrimitive(
            graph,
            step.op,
            step.args.map((register) => registers[register]),
          ),
    );
  }
  return registers[formula.outputs[0]];
}

function emitPrimitive(graph: Graph, op: Primitive, args: readonly string[]): string {
  const operator = operators[op];
  if (operator) return graph.node(operator, args);
  const [x, y] = args;
  switch (op) {
    case 'less':
      return castTo(graph, graph.node('Less', [x, y]), 'float32');
    case 'equal':
      return castTo(graph, graph.node('Equal', [x, y]), 'float32');
    case 'select':
      return graph.node('Where', [castTo(graph, x, 'bool'), ...args.slice(1)]);
    case 'expm1':
      return emitExpm1(graph, x);
    default:
      return emitLog1p(graph, x);
  }
}

/** eˣ − 1 = tanh(x/2)·(eˣ + 1), which loses nothing near 0. */
function emitExpm1(graph: Graph, x: string): string {
  const half = graph.node('Tanh', [graph.node('Mul', [x, graph.float(0.5)])]);
  return graph.node('Mul', [half, graph.node('Add', [graph.node('Exp', [x]), graph.float(1)])]);
}

/** log(1 + x), near 0 as 2·artanh(x/(2 + x)), which loses nothing there. */
function emitLog1p(graph: Graph, x: string): string {
  const ratio = graph.node('Div', [x, graph.node('Add', [x, graph.float(2)])]);
  const near = graph.node('Mul', [graph.node('Atanh', [ratio]), graph.float(2)]);
  const far = graph.node('Log', [graph.node('Add', [x, graph.float(1)])]);
  const isNear = graph.node('Less', [graph.node('Abs', [x]), graph.float(0.5)]);
  return graph.node('Where', [isNear, near, far]);
}
