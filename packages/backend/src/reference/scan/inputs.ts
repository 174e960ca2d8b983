import type { Operand } from '../../contract/backend.ts';
import { DTypeError, OptionError, ShapeError } from '../../contract/errors.ts';
import type { Size } from '../../program/program.ts';
import type { Scan } from '../../program/scan.ts';
import { valuesOf } from '../memory.ts';
import { type Floats, type Rows, rowsOf } from './column.ts';

/** A forward call with its operands as arrays, looked up by name. */
export interface Inputs {
  readonly rows: Rows;
  readonly dtype: 'float32' | 'float64';
  readonly sources: ReadonlyMap<string, number>;
  columns(size: Size): number;
  step(name: string, size: Size): Floats;
  sequence(name: string, size: Size): Floats;
  state(name: string, size: Size): Floats;
  parameter(name: string): Floats;
  memory(name: string): Floats;
}

/** Looks at the operands of a call; one that is missing or has another length or dtype is an error that names it. */
export function inputsOf(call: Scan): Inputs {
  const rows = rowsOf(call.schedule);
  const dtype = dtypeOf(call);
  const sources = sourcesOf(call, rows.batch);
  const columns = (size: Size) =>
    typeof size === 'number' ? size : (sources.get(size.source) ?? 0);
  const take = (kind: OperandKind, name: string, length: number): Floats => {
    const operand = call[kind][name];
    if (operand === undefined) {
      throw new OptionError(call.program.name, `no operand for '${name}' among its ${kind}`);
    }
    return floats(call, name, operand, length, dtype);
  };
  return {
    rows,
    dtype,
    sources,
    columns,
    step: (name, size) => take('steps', name, rows.total * columns(size)),
    sequence: (name, size) => take('sequences', name, rows.batch * columns(size)),
    state: (name, size) => take('states', name, rows.batch * columns(size)),
    parameter(name) {
      const spec = call.program.parameters.find((other) => other.name === name);
      return take(
        'parameters',
        name,
        spec!.shape.reduce((a, b) => a * b, 1),
      );
    },
    memory(name) {
      const value = call.program.values.find(
        (other) => other.kind === 'memory' && other.name === name,
      );
      const source = value?.kind === 'memory' ? (sources.get(value.source) ?? 0) : 0;
      return take('memories', name, rows.batch * source * (value!.size as number));
    },
  };
}

type OperandKind = 'steps' | 'states' | 'sequences' | 'memories' | 'parameters';
const kinds = ['steps', 'states', 'sequences', 'memories', 'parameters'] as const;

function dtypeOf(call: Scan): 'float32' | 'float64' {
  for (const kind of kinds) {
    for (const { dtype } of Object.values(call[kind])) {
      if (dtype === 'float32' || dtype === 'float64') return dtype;
    }
  }
  return 'float32';
}

/** The values of an operand, checked. */
export function floats(
  call: Scan,
  name: string,
  operand: Operand,
  length: number,
  dtype: string,
): Floats {
  const values = valuesOf(operand);
  if (
    !(values instanceof Float32Array || values instanceof Float64Array) ||
    operand.dtype !== dtype
  ) {
    throw new DTypeError(
      call.program.name,
      `all operands must have one floating dtype; '${name}' has ${operand.dtype}, others ${dtype}`,
    );
  }
  if (values.length !== length) {
    const shape = operand.shape.join(', ');
    throw new ShapeError(
      call.program.name,
      `'${name}' must have ${length} elements; got [${shape}], which has ${values.length}`,
    );
  }
  return values;
}

/** Most programs have no source. */
const none: ReadonlyMap<string, number> = new Map();

/**
 * The number of entries of each source, from the memories' shapes.
 *
 * @throws ShapeError unless there is one length for each sequence, none past the end, and memories of one source have as many entries
 */
export function sourcesOf(call: Scan, batch: number): ReadonlyMap<string, number> {
  let sources: Map<string, number> | undefined;
  for (const value of call.program.values) {
    if (value.kind !== 'memory') continue;
    const { source } = value;
    const entries = call.memories[value.name]?.shape[1] ?? 0;
    const lengths = call.lengths[source];
    if (lengths?.length !== batch || lengths.some((n) => n > entries || n < 0)) {
      throw new ShapeError(
        call.program.name,
        `the source '${source}' needs ${batch} lengths from 0 to ${entries}; got ${lengths?.join(', ') ?? 'none'}`,
      );
    }
    sources ??= new Map();
    if ((sources.get(source) ?? entries) !== entries) {
      throw new ShapeError(
        call.program.name,
        `memories of one source must have as many entries; '${source}' has ${sources.get(source)} and ${entries}`,
      );
    }
    sources.set(source, entries);
  }
  return sources ?? none;
}
