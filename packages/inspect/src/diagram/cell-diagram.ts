import { Graph as Layout, layout } from '@dagrejs/dagre';
import type { Recurrent } from '@unroll/cells';
import { type Html, html } from '../html.ts';
import { picture } from '../pictures/picture.ts';
import { equationsOf } from './equations.ts';
import { type Graph, graphOf, type Node } from './graph.ts';
import { arrow, arrowHeads, box, circle, type Point, words } from './shapes.ts';
import { symbol } from './symbol.ts';

/** One step of a cell as a picture: its program as a graph from left to right, and its equations below. */
export function cellDiagram({ cell, layers: [{ program }] }: Recurrent): string {
  const graph = graphOf(program);
  const placed = place(graph);
  const equations = equationsOf(cell, program);
  const lines = equations.map((equation, i) =>
    words({ x: 20, y: placed.height + 24 + 21 * i }, html`${equation}`, { anchor: 'start' }),
  );
  const longest = equations.reduce((most, { length }) => Math.max(most, length), 0);
  const content = html`${arrowHeads}
${placed.content}
<g font-family="ui-monospace, monospace">${lines}</g>`;
  return picture(
    {
      content,
      width: Math.max(placed.width, 40 + 8.2 * longest),
      height: placed.height + 36 + 21 * equations.length,
    },
    {
      title: `One step of ${cell.name}`,
      description: `From ${namesOf(graph, 'in')} to ${namesOf(graph, 'out')}. ${equations.join('; ')}.`,
    },
  );
}

const sizesOf: Readonly<Record<Node['kind'], readonly [width: number, height: number]>> = {
  in: [44, 26],
  out: [44, 26],
  layer: [62, 44],
  function: [52, 30],
  operation: [30, 30],
};

function place({ nodes, edges }: Graph): { content: Html; width: number; height: number } {
  const plan = new Layout();
  plan.setGraph({ rankdir: 'LR', nodesep: 26, ranksep: 44, marginx: 16, marginy: 22 });
  plan.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    const [width, height] = sizesOf[node.kind];
    plan.setNode(node.id, { width: Math.max(width, 16 + 8 * node.text.length), height });
  }
  for (const { from, to } of edges) plan.setEdge(from, to);
  layout(plan);
  const lines = edges.map(({ from, to, isState }) =>
    arrow(pointsOf(plan.edge(from, to)), isState ? 'state' : 'plain'),
  );
  const shapes = nodes.map((node) => {
    const { x, y, width, height } = plan.node(node.id) as Point & { width: number; height: number };
    return shapeOf(node, { x, y }, width, height);
  });
  const { width = 0, height = 0 } = plan.graph() as { width?: number; height?: number };
  return { content: html`<g>${lines}</g>\n<g>${shapes}</g>`, width, height };
}

function pointsOf(edge: unknown): readonly Point[] {
  return (edge as { points: Point[] }).points;
}

function shapeOf(node: Node, at: Point, width: number, height: number): Html {
  const { kind, text, name, time } = node;
  if (kind === 'in' || kind === 'out') {
    return words(at, symbol(name ?? '', time), { size: 17, bold: true });
  }
  const label = name === undefined ? undefined : symbol(name, time);
  if (kind === 'layer') {
    const lines = label
      ? html`${words({ ...at, y: at.y - 9 }, text, { size: 14, bold: true })}${words({ ...at, y: at.y + 10 }, label)}`
      : words(at, text, { size: 14, bold: true });
    return html`${box(at, width, height, 'state')}${lines}`;
  }
  const outline = kind === 'operation' && width <= 34 ? circle(at, 15) : box(at, width, height);
  const above = label ? words({ ...at, y: at.y - height / 2 - 9 }, label) : '';
  return html`${outline}${words(at, text, { size: 14 })}${above}`;
}

function namesOf({ nodes }: Graph, kind: Node['kind']): string {
  const found = nodes.filter((node) => node.kind === kind);
  return found.map(({ name, time }) => (time === '' ? name : `${name}_${time}`)).join(', ');
}
