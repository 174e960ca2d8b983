import { contiguousWindows } from '@unroll/datasets';
import { gpu } from '@unroll/gpu';
import { report } from '@unroll/gpu/testing/report';
import { LanguageModel } from '@unroll/models';
import { Adam } from '@unroll/optimizers';
import { auto, type DeviceChoice, manualSeed, useBackend } from '@unroll/tensor';
import { Trainer } from '@unroll/trainers';
import { wasm } from '@unroll/wasm';

/** What auto has chosen between a CPU and a real GPU, and whether the run was one of the chosen backend to the bit. */
export interface AutoFindings {
  readonly adapter: string;
  readonly choice: DeviceChoice;
  readonly equal: boolean;
}

report(async (mode): Promise<AutoFindings> => {
  const [cpu, other] = [wasm({ threads: 1 }), await gpu({ mode })];
  const choices: DeviceChoice[] = [];
  const found = await train(auto(other, { cpu, tell: (choice) => choices.push(choice) }));
  const [choice] = choices;
  const expected = await train(choice.chosen === 'cpu' ? cpu : other);
  return { adapter: other.adapter, choice, equal: expected.every((x, i) => x === found[i]) };
});

/** All weights after a few steps. */
async function train(where: Parameters<typeof useBackend>[0]): Promise<number[]> {
  useBackend(where);
  manualSeed(4);
  const model = new LanguageModel({ vocabSize: 7, embeddingSize: 4, hiddenSize: 8, dropout: 0.1 });
  const optimizer = new Adam(model.parameters(), { lr: 0.02 });
  const ids = Int32Array.from({ length: 80 }, (_, i) => (i * i) % 7);
  const trainer = new Trainer({ model, optimizer, clip: { norm: 1 } });
  await trainer.fit({ train: contiguousWindows(ids, { batchSize: 2, window: 6 }), steps: 4 });
  const weights: number[] = [];
  for (const x of Object.values(model.stateDict())) weights.push(...(await x.data()));
  return weights;
}
