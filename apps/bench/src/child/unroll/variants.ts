import {
  type Cell,
  cellByName,
  LSTM,
  lstm,
  Recurrent,
  variationalDropout,
  weightDrop,
  withActivations,
  zoneout,
} from '@unroll/cells';
import { hardSigmoid, relu } from '@unroll/tensor';
import { raggedLengths } from '../../configurations.ts';
import type { TrainingSpec, VariantSpec, Workload } from '../../specs.ts';
import { trainingOf } from './training.ts';

/** Share of what masks take away. */
const dropped = 0.2;
const rates = { input: dropped, state: dropped };

type Make = (spec: TrainingSpec) => Workload;

/** Our own models that are compared with each other and with every cell, by the names that the suite `cells` uses. */
const variants: Readonly<Record<string, Make>> = {
  lstm: (spec) => ofLstm(spec, {}),
  'lstm-without-exponentials': (spec) =>
    ofCell(withActivations(lstm, { activation: relu, recurrentActivation: hardSigmoid }), spec),
  'two-layers': (spec) => ofLstm(spec, { numLayers: 2 }),
  'two-layers-dropout': (spec) => ofLstm(spec, { numLayers: 2, dropout: dropped }),
  'variational-dropout': (spec) => ofCell(variationalDropout(lstm, rates), spec),
  zoneout: (spec) => ofCell(zoneout(lstm, dropped), spec),
  'weight-drop': (spec) => ofCell(weightDrop(lstm, dropped), spec),
  ragged: (spec) => ofLstm(spec, {}, raggedLengths(spec)),
  bidirectional: (spec) => ofLstm(spec, { bidirectional: true }),
};

/** A training step of the variant or cell that the spec names. */
export function variant({ name, training }: VariantSpec): Workload {
  return Object.hasOwn(variants, name)
    ? variants[name](training)
    : ofCell(cellByName(name), training);
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

function ofCell(cell: Cell, spec: TrainingSpec): Workload {
  const { inputSize, hiddenSize } = spec;
  const layer = new Recurrent({ cell, inputSize, hiddenSize });
  return trainingOf(layer, spec, { outputSize: layer.outputSize });
}
