import { failKeras } from './hdf5.ts';
import type { CellLayout } from './layouts.ts';

/** What a `.keras` file says about one layer. */
export interface LayerConfig {
  /** `LSTM`; of a Bidirectional its layer's. */
  readonly className: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly mergeMode: unknown;
}

/** The layers of a `config.json` by the names they have in the weights: the class in snake case, numbered. */
export function readConfig(text: string, file: string): Map<string, LayerConfig> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    failKeras(file, 'config.json is no JSON', undefined, cause);
  }
  const layers = objectAt(objectAt(json, 'config'), 'layers');
  const counts = new Map<string, number>();
  const found = new Map<string, LayerConfig>();
  for (const layer of Array.isArray(layers) ? layers : []) {
    const name = snakeCase(String(objectAt(layer, 'class_name')));
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    found.set(count === 0 ? name : `${name}_${count}`, describe(layer));
  }
  return found;
}

/** As `keras.src.utils.naming.to_snake_case`: `SimpleRNN` is simple_rnn. */
function snakeCase(name: string): string {
  return name
    .replaceAll(/\W+/g, '')
    .replaceAll(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function describe(layer: unknown): LayerConfig {
  const outer = objectAt(layer, 'config');
  const inner =
    objectAt(layer, 'class_name') === 'Bidirectional' ? objectAt(outer, 'layer') : layer;
  const options = objectAt(inner, 'config');
  return {
    className: String(objectAt(inner, 'class_name')),
    options: isObject(options) ? options : {},
    mergeMode: objectAt(outer, 'merge_mode'),
  };
}

/** What the weights cannot show: activations and directions other than ours would give other numbers in silence. */
export function checkConfig(
  { className, options, mergeMode }: LayerConfig,
  cell: CellLayout,
  ourMergeMode: string | null | undefined,
): string[] {
  const wanted: [option: string, value: unknown][] = [
    ['activation', cell.activation],
    ['recurrent_activation', 'sigmoid'],
    ['go_backwards', false],
    ['reset_after', cell.resetAfter],
  ];
  const wrong = wanted
    .filter(
      ([option, value]) => value !== undefined && option in options && options[option] !== value,
    )
    .map(
      ([option, value]) =>
        `${className} has ${option} ${JSON.stringify(options[option])}, ours is ${value}`,
    );
  if (mergeMode !== undefined && mergeMode !== ourMergeMode) {
    wrong.push(
      `Bidirectional has merge_mode ${JSON.stringify(mergeMode)}, ours is ${JSON.stringify(ourMergeMode)}`,
    );
  }
  return wrong;
}

function objectAt(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
