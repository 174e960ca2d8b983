import {
  checkFolderOf,
  commandOf,
  type Lines,
  machine,
  programOf,
  readText,
  runProgram,
  writeResult,
} from '@unroll/cli';
import { terminalTable } from '../report/tables.ts';
import { budgets, entries } from './entries.ts';
import { measure } from './measure.ts';
import { excesses, type Measured, metricsOf, partsTable, sizesTable } from './report.ts';

interface SizeOptions {
  readonly json?: string;
  readonly ours?: boolean;
  readonly parts?: boolean;
}

/** Ours has become larger than it may be. */
class BudgetError extends Error {}

/**
 * Runs `pnpm size …`; `words` are those after it. The answer is the exit code: 0, or 1 after one clear line.
 *
 * @param conditions how imports are resolved; without any, what is published is measured, as it was built last
 */
export function sizeCommand(
  words: readonly string[],
  outside: Lines,
  conditions: readonly string[] = [],
): Promise<number> {
  const program = programOf({ name: 'pnpm', description: 'Measures.', what: 'command' }, outside);
  const summary = 'minified and gzipped bytes of typical imports, against other libraries';
  const file = (typed: string) => readText('--json', typed, 'FILE');
  commandOf(program, { name: 'size', summary })
    .option('--json <FILE>', 'write name, metrics, config, environment', file)
    .option('--ours', 'only ours: whether they keep to their limits')
    .option('--parts', 'what ours are made of, folder by folder')
    .action((options: SizeOptions) => run(options, outside, conditions));
  const isTold = (error: Error) => error instanceof BudgetError;
  return runProgram(program, ['size', ...words], outside, { isTold });
}

async function run(
  { json, ours = false, parts = false }: SizeOptions,
  { out }: Lines,
  conditions: readonly string[],
): Promise<void> {
  if (json !== undefined) await checkFolderOf('--json', json);
  const measured = await measureAll({ peers: !ours && !parts, conditions });
  out(`\n${terminalTable(sizesTable(measured))}\n\n`);
  if (parts) {
    const sources = await measureAll({ peers: false, conditions: ['@unroll/source'] });
    out(`minified kB in\n${terminalTable(partsTable(sources))}\n\n`);
  }
  if (json !== undefined) {
    const config = { minifier: 'esbuild', gzipLevel: 9, kB: 1000, budgets };
    const metrics = metricsOf(measured);
    await writeResult(json, { name: 'size', metrics, config, environment: machine() });
  }
  const wrong = excesses(measured);
  if (wrong.length > 0) throw new BudgetError(wrong.join('\n'));
}

async function measureAll(options: {
  peers: boolean;
  conditions: readonly string[];
}): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const entry of entries(options)) {
    measured.push({ entry, size: await measure(entry, options.conditions) });
  }
  return measured;
}
