import {
  type Cell,
  type Initializers,
  LSTM,
  lstm,
  Recurrent,
  variationalDropout,
  weightDrop,
  zoneout,
} from '@unroll/cells';
import { raggedLengths } from '../../configurations.ts';
import type { TrainingSpec, VariantSpec, Workload } from '../../specs.ts';
import { layerNormLstm, layerNormStart, minimalGatedUnit } from './cells.ts';
import { trainingOf } from './training.ts';

/** Share of what masks take away. */
const dropped = 0.2;
const rates = { input: dropped, state: dropped };

type Make = (spec: TrainingSpec) => Workload;

/** Our own models that are compared with each other, by the names that the suite `cells` uses. */
const variants: Readonly<Record<string, Make>> = {
  lstm: (spec) => ofLstm(spec, {}),
  mgu: (spec) => ofCell(minimalGatedUnit, spec),
  'lstm-layer-norm': (spec) => ofCell(layerNormLstm, spec, layerNormStart),
  'two-layers': (spec) => ofLstm(spec, { numLayers: 2 }),
  'two-layers-dropout': (spec) => ofLstm(spec, { numLayers: 2, dropout: dropped }),
  'variational-dropout': (spec) => ofCell(variationalDropout(lstm, rates), spec),
  zoneout: (spec) => ofCell(zoneout(lstm, dropped), spec),
  'weight-drop': (spec) => ofCell(weightDrop(lstm, dropped), spec),
  ragged: (spec) => ofLstm(spec, {}, raggedLengths(spec)),
  bidirectional: (spec) => ofLstm(spec, { bidirectional: true }),
};

/** A training step of the variant that the spec names. */
export function variant({ name, training }: VariantSpec): Workload {
  return variants[name](training);
}

function ofLstm(
  spec: TrainingSpec,
  options: { numLayers?: number; dropout?: number; bidirectional?: boolean },
  lengths?: readonly number[],
): Workload {
  const { inputSize, hiddenSize } = spec;
  const layer = new LSTM({ inputSize, hiddenSize, ...options });
  return trainingOf(layer, spec, { outputSize: layer.outputSize, lengths });
}

function ofCell(cell: Cell, spec: TrainingSpec, init?: Initializers): Workload {
  const { inputSize, hiddenSize } = spec;
  const layer = new Recurrent({ cell, inputSize, hiddenSize, init });
  return trainingOf(layer, spec, { outputSize: hiddenSize });
}
