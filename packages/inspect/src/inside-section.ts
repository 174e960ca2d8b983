import { type Html, html } from './html.ts';
import type { Inside } from './look-inside.ts';
import { drawGates } from './pictures/gates.ts';
import { inPage } from './pictures/picture.ts';
import { drawValues } from './pictures/values.ts';

/** The gates and states of recurrent layers as sections of a report. */
export function insideSections(inside: Inside | undefined): Html {
  if (inside === undefined || inside.states.length === 0) return html``;
  const { gates, states, labels } = inside;
  const gateSection =
    gates.length === 0
      ? html``
      : html`<section class="gates">
<h2>Gates over time</h2>
<figure class="scroll">${inPage(drawGates(gates))}</figure>
</section>`;
  const figures = states.map(
    (
      layer,
    ) => html`<figure class="scroll"><figcaption>layer ${layer.name}, ${layer.cell}</figcaption>
${inPage(drawValues(layer, labels ? { labels } : {}))}</figure>`,
  );
  return html`${gateSection}
<section class="states">
<h2>What the layers carried</h2>
${figures}
</section>`;
}
