import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from '@unroll/models/node';
import { CharTokenizer } from '@unroll/tokenizers';
import { expect, test } from 'vitest';
import { evaluate } from './evaluate.ts';
import { saveBest } from './save-best.ts';
import { toy } from './toy.ts';

test('the folder of saveBest holds the model of the best validation', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'best-'));
  try {
    const tokenizer = CharTokenizer.train('abcdef');
    const { model, optimizer, trainer, train, valid } = toy({
      callbacks: [
        saveBest(folder, { tokenizer }),
        {
          onValidate({ step }) {
            // From here on every update leads away.
            if (step === 6) optimizer.lr = 3;
          },
        },
      ],
    });
    const { best } = await trainer.fit({ train, valid, steps: 10, validateEvery: 2 });
    expect(best?.step).toBeLessThan(10);
    const saved = await load(folder);
    expect((await evaluate(saved.model, valid)).loss).toBe(best?.loss);
    expect((await evaluate(model, valid)).loss).not.toBe(best?.loss);
    expect(saved.tokenizer?.vocabSize).toBe(7);
  } finally {
    await rm(folder, { recursive: true });
  }
});
