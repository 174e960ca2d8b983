import { type Html, html } from '../html.ts';

/** A symbol of the equations with its time as SVG text: `h_t`, `Γ_u,t`, `h_t−1`. */
export function symbol(name: string, time: string): Html {
  const [letter, ...rest] = name.split('_');
  const below = [...rest, ...(time === '' ? [] : [time])].join(',');
  if (below === '') return html`<tspan font-style="italic">${letter}</tspan>`;
  return html`<tspan font-style="italic">${letter}</tspan><tspan dy="4" font-size="75%">${below}</tspan>`;
}

/** How a function is written. */
export function functionSymbol(name: string): string {
  return symbols[name] ?? name;
}

const symbols: Readonly<Record<string, string>> = {
  sigmoid: 'σ',
  hardSigmoid: 'hard σ',
  logSigmoid: 'log σ',
  relu: 'ReLU',
  mul: '×',
  add: '+',
  sub: '−',
  div: '÷',
  neg: '−',
  square: '( )²',
  sqrt: '√',
  where: 'or',
};
