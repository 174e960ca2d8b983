import { Html } from './html.ts';

/** The colours, for light and for dark. */
export const palette = new Html(`
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1f2328; --soft: #666d76; --rule: #e4e1d9;
  --train: #7c94b5; --valid: #c2410c;
  --baseline-0: #8a8f98; --baseline-1: #0f766e; --baseline-2: #7c3aed;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1b1f25; --ink: #e8e6e1; --soft: #9aa2ad; --rule: #2c323a;
    --train: #7f9cc6; --valid: #fb923c;
    --baseline-0: #949ba6; --baseline-1: #2dd4bf; --baseline-2: #b79bfa;
  }
}
`);

/** The report's style sheet: two palettes, one column, system fonts. */
export const style = new Html(`${palette.text}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 900px; margin: 0 auto; padding: 56px 24px 40px; }
h1 { font-size: 40px; line-height: 1.15; letter-spacing: -0.02em; margin: 0; }
h2 { font-size: 13px; font-weight: 600; letter-spacing: 0.06em; text-transform: uppercase; color: var(--soft); margin: 0 0 14px; }
section { margin-top: 40px; }
.eyebrow { display: flex; align-items: center; gap: 10px; margin: 0 0 10px; color: var(--soft); font-size: 14px; }
.mark { display: inline-flex; gap: 5px; }
.mark i { width: 9px; height: 9px; border-radius: 50%; background: var(--valid); }
.mark i:nth-child(2) { opacity: 0.6; }
.mark i:nth-child(3) { opacity: 0.3; }
.subtitle { margin: 8px 0 0; color: var(--soft); font-size: 18px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px; margin: 28px 0 0; }
.figures div { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 16px 18px; display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.figures dd { margin: 0; font-size: 30px; line-height: 1.2; font-weight: 600; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.figures dt { color: var(--soft); font-size: 14px; }
.figures div:first-child dd { color: var(--valid); }
.legend { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 0 0 8px; font-size: 14px; color: var(--soft); }
.legend span::before { content: ""; display: inline-block; width: 20px; margin-right: 8px; vertical-align: middle; border-top: 3px solid var(--line); }
.legend .train { --line: var(--train); }
.legend .valid { --line: var(--valid); }
.legend .baseline::before { border-top: 2px dashed var(--line); }
.legend b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: 0; color: var(--soft); }
figure svg { width: 100%; height: auto; overflow: visible; font-family: inherit; }
figure [aria-label="y-grid"] { stroke: var(--ink); stroke-opacity: 0.1; }
figure.scroll { overflow-x: auto; }
figure.scroll svg { width: auto; max-width: none !important; }
figcaption { margin: 14px 0 4px; font-size: 14px; }
.narrow { display: none; }
.nothing { margin: 0; color: var(--soft); }
pre { margin: 0; padding: 20px 22px; background: var(--card); border: 1px solid var(--rule); border-radius: 12px; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 2; font: 14px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 0 40px; align-items: start; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
tr { border-top: 1px solid var(--rule); }
tr:last-child { border-bottom: 1px solid var(--rule); }
th, td { padding: 7px 0; vertical-align: top; }
th { text-align: left; font-weight: 400; color: var(--soft); padding-right: 20px; white-space: nowrap; }
td { text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
@media (max-width: 640px) {
  main { padding: 32px 18px; }
  h1 { font-size: 32px; }
  .wide { display: none; }
  .narrow { display: block; }
  .figures { grid-template-columns: 1fr 1fr; gap: 10px; }
  .figures div { padding: 12px 14px; }
  .figures dd { font-size: 24px; }
}
@media print { :root { --paper: #fff; } .figures div, pre, tr { break-inside: avoid; } }
`);
