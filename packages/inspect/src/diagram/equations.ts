import { type Program, printProgram } from '@unroll/backend';
import type { Cell } from '@unroll/cells';

/** The equations of a cell as one reads them: `f = σ(x·W_f + hₜ₋₁·U_f + b_f)`; what nobody named is `v1`, `v2`. */
export function equationsOf(cell: Cell, program: Program): string[] {
  const lines = printProgram(program)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => / = /.test(line) && !line.startsWith('output '));
  const names = [...new Set(lines.join('\n').match(/%[\w.]+/g))];
  return lines
    .map((line) => withOldStates(withBlocks(line, cell, program)))
    .map((line) => line.replaceAll(/%[\w.]+/g, (name) => `v${names.indexOf(name) + 1}`));
}

/** `U[:, 4:8]` is the block of the second gate: `U_f`. */
function withBlocks(line: string, { gates }: Cell, { parameters }: Program): string {
  return line.replaceAll(
    /\b([WUb])\[(?::, )?(\d+):(\d+)\]/g,
    (whole, weight: string, from: string, to: string) => {
      const columns = parameters.find(({ name }) => name === weight)?.shape.at(-1) ?? 0;
      const width = Number(to) - Number(from);
      const isBlock = width * gates.length === columns;
      return isBlock ? `${weight}_${gates[Number(from) / width]}` : whole;
    },
  );
}

function withOldStates(line: string): string {
  return line.replaceAll('[t-1]', 'ₜ₋₁');
}
