import { type Html, html } from './html.ts';
import { type AttentionMap, drawAttention } from './pictures/attention.ts';
import { inPage } from './pictures/picture.ts';

/** Maps of attention as a section of a report. */
export function attentionSection(maps: readonly AttentionMap[] | undefined): Html {
  if (maps === undefined || maps.length === 0) return html``;
  const figures = maps.map(
    (map) => html`<figure class="scroll">${inPage(drawAttention(map))}</figure>`,
  );
  return html`<section class="attention">
<h2>Where it looked</h2>
${figures}
</section>`;
}
