import * as Plot from '@observablehq/plot';
import type { RecurrentSpectrum } from '../dynamics/recurrent-spectrum.ts';
import { formatNumber } from '../format.ts';
import { picture } from './picture.ts';
import { drawn, grid } from './plot.ts';

const side = 140;

/**
 * The eigenvalues of recurrent weights in the complex plane with the unit circle, as SVG: what lies inside of it fades
 * over time, what lies outside grows. Matrices that are not square have none and are left out.
 *
 * @example
 * const svg = drawSpectrum(await recurrentSpectrum(new GRU({ inputSize: 2, hiddenSize: 16 })));
 */
export function drawSpectrum(spectra: readonly RecurrentSpectrum[]): string {
  const shown = spectra.filter(({ eigenvalues }) => eigenvalues.length > 0);
  const points = shown.flatMap(({ name, layer, eigenvalues }) =>
    eigenvalues.map((lambda) => ({ name, layer, ...lambda })),
  );
  const circles = shown.flatMap(({ name, layer }) =>
    Array.from({ length: 91 }, (_, i) => {
      const angle = (i * Math.PI) / 45;
      return { name, layer, re: Math.cos(angle), im: Math.sin(angle) };
    }),
  );
  const reach = 1.15 * points.reduce((most, { re, im }) => Math.max(most, Math.hypot(re, im)), 1);
  const names = shown.map(({ name }) => name);
  const layers = shown.map(({ layer }) => layer);
  const facet = { fx: 'name', fy: 'layer', x: 're', y: 'im' } as const;
  const axis = { domain: [-reach, reach], ticks: 3, tickSize: 0 };
  return picture(
    drawn({
      ...grid(names, layers),
      width: 150 + (side + 20) * new Set(names).size,
      height: 80 + (side + 30) * new Set(layers).size,
      marginLeft: 52,
      marginRight: 90,
      marginTop: 30,
      marginBottom: 42,
      x: { label: 'real part', labelAnchor: 'center', labelArrow: 'none', ...axis },
      y: { label: 'imaginary part', labelArrow: 'none', ...axis },
      marks: [
        Plot.frame({ strokeOpacity: 0.2 }),
        Plot.line(circles, { ...facet, strokeOpacity: 0.5, strokeDasharray: '4 3' }),
        Plot.dot(points, {
          ...facet,
          r: 3,
          fill: ({ re, im }) => (Math.hypot(re, im) > 1 ? 'var(--valid)' : 'var(--train)'),
          fillOpacity: 0.75,
          title: ({ re, im }) =>
            `${formatNumber(re)} ${im < 0 ? '−' : '+'} ${formatNumber(Math.abs(im))}i`,
        }),
      ],
      color: { type: 'identity' },
    }),
    {
      title: 'Eigenvalues of recurrent weights',
      description: inWords(shown),
      legend: [
        { words: 'inside the unit circle', colour: 'var(--train)' },
        { words: 'outside', colour: 'var(--valid)' },
      ],
    },
  );
}

function inWords(spectra: readonly RecurrentSpectrum[]): string {
  const parts = spectra.map(
    ({ layer, name, radius = 0 }) =>
      `the spectral radius of ${name} in layer ${layer} is ${formatNumber(radius)}`,
  );
  return `${parts.join('; ')}.`;
}
