import { cruise, type ICruiseResult, type IDependency } from 'dependency-cruiser';

/** The house: a package imports only from rows above its own in this list. */
export const rows = [
  ['backend', 'tokenizers'],
  ['wasm', 'gpu'],
  ['tensor'],
  ['nn', 'optimizers', 'datasets', 'safetensors'],
  ['cells'],
  ['attention'],
  ['decoding', 'interop'],
  ['models'],
  ['trainers'],
  ['inspect', 'cli'],
  ['docs', 'tasks', 'bench'],
];

/** All wrong imports and import cycles below `packages` and `apps`, each as one sentence. */
export async function findViolations(baseDir: string): Promise<string[]> {
  const { modules } = await cruiseSources(baseDir);
  const edges = modules.flatMap(({ source, dependencies }) =>
    dependencies.map((dependency) => ({ source, dependency })),
  );
  const sentences = edges.flatMap(({ source, dependency }) => [
    ...rowViolation(source, dependency),
    ...cycleViolation(source, dependency),
  ]);
  return [...new Set(sentences)];
}

/** Which packages a package may import, as a sentence. */
export function allowed(room: string): string {
  const below = rows.slice(0, rowOf(room)).flat();
  return `${room} (row ${rowOf(room)}) may import ${below.length ? below.join(', ') : 'no other package'}`;
}

async function cruiseSources(baseDir: string): Promise<ICruiseResult> {
  const { output } = await cruise(['packages', 'apps'], {
    baseDir,
    // Type imports count: the house is about what one has to know, not about what is loaded.
    tsPreCompilationDeps: true,
    exclude: { path: '(^|/)(dist|runs|[.]cache)/' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@unroll/source', 'import', 'types', 'node', 'default'],
    },
    validate: true,
    ruleSet: {
      forbidden: [{ name: 'cycle', severity: 'error', from: {}, to: { circular: true } }],
    },
  });
  if (typeof output === 'string') throw new Error(output);
  return output;
}

function rowViolation(source: string, { module, resolved, couldNotResolve }: IDependency) {
  const from = roomOfPath(source);
  const to = roomOfName(module) ?? (couldNotResolve ? undefined : roomOfPath(resolved));
  if (from === undefined || to === undefined) {
    return couldNotResolve ? [`${source} imports ${module}, which cannot be found.`] : [];
  }
  if (from === to) return [];
  if (rowOf(to) === -1 || rowOf(from) === -1) {
    const unknown = rowOf(to) === -1 ? to : from;
    return [
      `${source} imports ${module}, but ${unknown} has no row: give it one in scripts/rows.ts.`,
    ];
  }
  if (rowOf(to) >= rowOf(from)) {
    return [`${source} imports ${module} (row ${rowOf(to)}), but ${allowed(from)}.`];
  }
  if (module.startsWith('.')) {
    return [`${source} imports ${module} by its path: import @unroll/${to} by its name.`];
  }
  return couldNotResolve
    ? [`${source} imports ${module}, which its package.json does not list.`]
    : [];
}

function cycleViolation(source: string, { cycle = [] }: IDependency) {
  const files = cycle.map(({ name }) => name);
  // Every member of a cycle reports it: keep the one that begins at its first name.
  if (files.length === 0 || files.some((file) => file < source)) return [];
  return [
    `Import cycle: ${[source, ...files].join(' → ')}. Move what both need into a third file.`,
  ];
}

function rowOf(room: string): number {
  return rows.findIndex((row) => row.includes(room));
}

function roomOfPath(path: string): string | undefined {
  return /^(?:packages|apps)\/([^/]+)\//.exec(path)?.[1];
}

function roomOfName(specifier: string): string | undefined {
  return /^@unroll\/([^/]+)/.exec(specifier)?.[1];
}
